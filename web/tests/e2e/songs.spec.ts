import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import { database, python } from '../../playwright.config';
import { agree, expect, newName, put, register, rows, signIn, tab, test, touch } from './person';

const starter = fileURLToPath(new URL('../../../src/feeling_manager/music/starter.tsv', import.meta.url));
const nameOf = ({ artist, title }: { artist: string; title: string }) => `${artist} – ${title}`;
const jazz = readFileSync(starter, 'utf8')
  .split(/\r?\n/)
  .map((line) => line.split('\t'))
  .filter(([, , , genre]) => genre === 'jazz')
  .map(([title, artist]) => ({ id: nameOf({ artist, title }), title, artist }));
const song = (page: Page) => page.getByRole('region', { name: 'Song' });
const title = async (page: Page) => (await song(page).getByRole('heading').textContent()) ?? '';
const another = async (page: Page, name = 'Another one') => {
  const before = await title(page);
  await song(page).getByRole('button', { name }).click();
  await expect(song(page).getByRole('heading').or(page.getByText('No song is left'))).not.toHaveText(before);
};

/** All of jazz but three songs as given within the last hour: so soon none of them is given again. */
async function leaveThree(page: Page): Promise<string[]> {
  const now = await page.evaluate(() => Date.now() / 1000);
  const given = jazz.slice(3).map((one) => ({
    ...{ id: `${one.id} ${now}`, at: now - 1800, emotion: 1, songId: one.id, title: one.title, artist: one.artist },
    ...{ goal: 'match', liked: null, skipped: false, banned: false, played: 1, before: null, after: null },
    ...{ number: null, sent: 1 },
  }));
  await put(page, 'plays', given);
  return jazz.slice(0, 3).map((one) => one.title);
}

test('never again: without an account a song does not come back, not after hours, not after a new start', async ({
  page,
}) => {
  await page.clock.install();
  await agree(page);
  await tab(page, 'Me');
  await page.getByRole('button', { name: 'jazz', exact: true }).click();
  const three = await leaveThree(page);
  await tab(page, 'Now');
  await touch(page, 'Happiness');
  const unwanted = await title(page);
  expect(three).toContain(unwanted);
  await another(page, 'Never again');
  const others = [await title(page)];
  await another(page);
  others.push(await title(page));
  expect([...others, unwanted].sort()).toEqual([...three].sort());
  await another(page);
  await expect(page.getByText('No song is left for this choice.')).toBeVisible();

  await page.clock.fastForward('04:00:00');
  await page.reload();
  await leaveThree(page);
  await touch(page, 'Happiness');
  expect(others).toContain(await title(page));
  await another(page);
  expect(others).toContain(await title(page));
  await another(page);
  await expect(page.getByText('No song is left for this choice.')).toBeVisible();
});

test('never again: in an account, said offline, on another device, and when the starter catalogue has to do', async ({
  page,
  context,
  browser,
}) => {
  const name = newName();
  await agree(page);
  await register(page, name, 'correct horse');
  await tab(page, 'Now');
  await touch(page, 'Sadness');
  await expect(song(page)).toBeVisible();
  const banned = [await title(page)];
  await another(page, 'Never again');

  // offline the word is kept, and holds at once when the network is back
  banned.push(await title(page));
  await context.setOffline(true);
  await another(page, 'Never again');
  await context.setOffline(false);
  const given: string[] = [];
  for (let i = 0; i < 6; i++) {
    await another(page);
    given.push(await title(page));
  }
  expect(given.filter((one) => banned.includes(one))).toEqual([]);
  // both songs of the service that are left were among them: it was asked
  const { plays } = (await (await page.request.get('/api/v1/journal/plays')).json()) as { plays: { title: string }[] };
  expect(plays.length).toBeGreaterThan(4);
  const bans = async () =>
    ((await (await page.request.get('/api/v1/bans')).json()) as { songs: object[] }).songs.length;
  await expect.poll(bans).toBe(2);

  const other = await (await browser.newContext()).newPage();
  await agree(other);
  await signIn(other, name, 'correct horse');
  const known = async () => (await rows<{ title: string }>(other, 'bans')).map(({ title }) => title).sort();
  await expect.poll(known).toEqual(banned.sort());
  await other.context().close();
});

const bansList = (page: Page) => page.getByRole('list', { name: 'Songs you never want again' });
const bansKept = async (page: Page) =>
  ((await (await page.request.get('/api/v1/bans')).json()) as { songs: { title: string }[] }).songs.map(
    (one) => one.title,
  );

test('a ban is taken back without an account, with the keyboard, and the song comes again', async ({ page }) => {
  await page.clock.install();
  await agree(page);
  await tab(page, 'Me');
  await expect(page.getByText('A song you answer with “Never again” stands here.')).toBeVisible();
  await page.getByRole('button', { name: 'jazz', exact: true }).click();
  await leaveThree(page);
  await tab(page, 'Now');
  await touch(page, 'Happiness');
  const banned = [await title(page)];
  await another(page, 'Never again');
  banned.push(await title(page));
  await another(page, 'Never again');
  banned.push(await title(page));
  await another(page, 'Never again');
  await expect(page.getByText('No song is left for this choice.')).toBeVisible();

  await tab(page, 'Me');
  await expect(bansList(page).getByRole('listitem')).toHaveCount(3);
  for (const one of jazz.slice(0, 3)) {
    await expect(bansList(page).getByRole('listitem').filter({ hasText: one.title })).toContainText(one.artist);
  }
  await bansList(page)
    .getByRole('button', { name: `Allow again ${banned[1]}` })
    .focus();
  await page.keyboard.press('Enter');
  await expect(bansList(page).getByRole('listitem')).toHaveCount(2);
  await expect(page.getByRole('status').filter({ hasText: banned[1] })).toBeVisible();
  // the keyboard is where the next one is
  await expect(bansList(page).getByRole('button').and(page.locator(':focus'))).toHaveCount(1);

  await page.clock.fastForward('04:00:00');
  await page.reload();
  await leaveThree(page);
  await expect(bansList(page).getByRole('listitem')).toHaveCount(2);
  await tab(page, 'Now');
  await touch(page, 'Happiness');
  await expect(song(page).getByRole('heading')).toHaveText(banned[1]);
  // moved into an account, the word that was taken back stays so
  await register(page, newName(), 'correct horse');
  await expect.poll(() => bansKept(page)).toEqual([banned[0], banned[2]].sort());
});

test('a slip of the finger is taken back at once', async ({ page }) => {
  await agree(page);
  await touch(page, 'Happiness');
  const slipped = await title(page);
  await another(page, 'Never again');
  expect(await rows(page, 'bans')).toMatchObject([{ title: slipped }]);
  const said = song(page).getByRole('status');
  await expect(said).toContainText(`Not given again: ${slipped}`);
  await said.getByRole('button', { name: 'Undo' }).click();
  await expect(said).toHaveText('');
  expect(await rows(page, 'bans')).toEqual([]);
  const played = await rows<{ title: string; banned: boolean; skipped: boolean }>(page, 'plays');
  expect(played.find((play) => play.title === slipped)).toMatchObject({ banned: false, skipped: true });

  // it is said of the last one only
  await another(page, 'Never again');
  await expect(said).not.toHaveText('');
  await another(page);
  await expect(said).toHaveText('');
  expect(await rows(page, 'bans')).toHaveLength(1);
});

test('a ban is taken back in an account: offline, told once, on another device, and given again', async ({
  page,
  context,
  browser,
}) => {
  const name = newName();
  await agree(page);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await register(page, name, 'correct horse');
  await tab(page, 'Now');
  await touch(page, 'Sadness');
  await expect(song(page)).toBeVisible();
  const banned = await title(page);
  await another(page, 'Never again');
  await expect.poll(() => bansKept(page)).toEqual([banned]);

  const other = await (await browser.newContext()).newPage();
  await agree(other);
  await signIn(other, name, 'correct horse');
  await expect(other.getByText('this one')).toBeVisible();
  await tab(other, 'Me');
  await expect(bansList(other)).toContainText(banned);

  // said offline it holds here at once; the answer to the word gets lost, and what was heard is not said again
  const told: number[] = [];
  await context.route('**/api/v1/bans/*', async (route) => {
    if (route.request().method() !== 'DELETE') return route.continue();
    const answer = await route.fetch();
    told.push(answer.status());
    return told.length === 1 ? route.abort() : route.fulfill({ response: answer });
  });
  await context.setOffline(true);
  await tab(page, 'Me');
  await bansList(page)
    .getByRole('button', { name: `Allow again ${banned}` })
    .click();
  await expect(page.getByText('A song you answer with “Never again” stands here.')).toBeVisible();
  expect(await bansKept(page)).toEqual([banned]);
  expect((await rows(page, 'bans')).length).toBe(1);
  await context.setOffline(false);
  await expect.poll(() => bansKept(page)).toEqual([]);
  await context.setOffline(true);
  await context.setOffline(false);
  await expect.poll(() => rows(page, 'bans')).toEqual([]);
  expect(told).toEqual([204]);

  // the other device hears of it when the service gives the song, and doesn't ban it anew
  execFileSync(python, [fileURLToPath(new URL('./earlier.py', import.meta.url)), database]);
  await tab(other, 'Now');
  await touch(other, 'Sadness');
  await expect(song(other)).toBeVisible();
  for (let i = 0; i < 6 && (await title(other)) !== banned; i++) await another(other);
  await expect(song(other).getByRole('heading')).toHaveText(banned);
  await expect.poll(() => rows(other, 'bans')).toEqual([]);
  expect(await bansKept(page)).toEqual([]);
  await other.context().close();
});

test('the goal is the person’s: match, lift, calm', async ({ page }) => {
  await agree(page);
  await register(page, newName(), 'correct horse');
  await tab(page, 'Now');
  await touch(page, 'Sadness');
  await song(page).getByText('Why this song?').click();
  const goals = song(page).getByRole('group', { name: 'What the song should do' });
  await expect(goals.getByRole('button', { name: 'Match' })).toHaveAttribute('aria-pressed', 'true');
  for (const [goal, reason] of [
    ['Lift', /bright|lift/i],
    ['Calm', /calm|quiet/i],
  ] as const) {
    const before = await title(page);
    await goals.getByRole('button', { name: goal }).click();
    await expect(song(page).getByRole('heading')).not.toHaveText(before);
    await expect(goals.getByRole('button', { name: goal })).toHaveAttribute('aria-pressed', 'true');
    await expect(song(page).locator('details p')).toHaveText(reason);
  }
  const answer = await page.request.get('/api/v1/journal/plays');
  const { plays } = (await answer.json()) as { plays: { goal: string; skipped: boolean }[] };
  expect(plays.map(({ goal }) => goal)).toEqual(['match', 'lift', 'calm']);
  await tab(page, 'Me');
  await expect(page.getByRole('combobox', { name: 'Sadness' })).toHaveValue('calm');

  // chosen ahead there, it holds for the next song of that feeling, also without an account
  await page.getByRole('combobox', { name: 'Anger' }).selectOption('lift');
  await page.getByRole('button', { name: 'Open the account' }).click();
  await page.getByRole('button', { name: 'Sign out' }).first().click();
  await tab(page, 'Now');
  await song(page).getByRole('button', { name: 'Close the song' }).click();
  await touch(page, 'Anger');
  await song(page).getByText('Why this song?').click();
  await expect(song(page)).toContainText('Chosen to lift you from Anger');
});

test('a video that the service finds after it has given the song', async ({ page }) => {
  await page.clock.install();
  await agree(page);
  await register(page, newName(), 'correct horse', ['trot']);
  await tab(page, 'Now');
  await touch(page, 'Happiness');
  await expect(song(page).getByRole('heading')).toHaveText('Later a video');
  await expect(song(page).getByRole('link', { name: 'On YouTube' })).toBeVisible();
  execFileSync(python, [fileURLToPath(new URL('./video.py', import.meta.url)), database, 'late', 'lateabcdefg']);
  await page.clock.fastForward(10_000);
  await expect(song(page).getByRole('button', { name: 'Play', exact: true })).toBeVisible();
  await page.route('https://www.youtube-nocookie.com/**', (route) =>
    route.fulfill({ contentType: 'text/html', body: '<p>player</p>' }),
  );
  await song(page).getByRole('button', { name: 'Play', exact: true }).click();
  await expect(song(page).locator('iframe')).toHaveAttribute('src', /\/embed\/lateabcdefg\?/);
});
