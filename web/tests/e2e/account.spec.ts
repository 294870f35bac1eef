import { readFileSync } from 'node:fs';
import { agree, cameraOn, expect, newName, pass, register, rows, tab, test, touch } from './person';

test.use({ serviceWorkers: 'block' });

test('sign up, sign out, sign in, with clear words after a failure', async ({ page }) => {
  const name = newName();
  await agree(page);
  await page.goto('/#/account');
  await page.getByRole('button', { name: 'Sign up' }).first().click();
  await page.getByLabel('User name').fill(name);
  await page.getByLabel('Password', { exact: true }).fill('one password');
  await page.getByLabel('Password once more').fill('another password');
  await page.locator('form').getByRole('button', { name: 'Sign up' }).last().click();
  await expect(page.getByRole('alert')).toHaveText('The two passwords are not the same.');

  await register(page, name, 'correct horse', ['pop']);
  const code = await page.locator('code').first().textContent();
  const saving = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save as a file' }).click();
  expect(readFileSync(await (await saving).path(), 'utf8').split('\n')[0]).toBe(code);
  await page.getByRole('button', { name: 'I have kept them' }).click();
  await expect(page.getByText('this one')).toBeVisible();

  const liked = async () => {
    const answer = await page.request.get('/api/v1/preferences');
    return ((await answer.json()) as { genres: Record<string, number[]> }).genres;
  };
  expect(Object.values(await liked())).toEqual(Array.from({ length: 8 }, () => [3]));
  await tab(page, 'Me');
  await page.locator('summary', { hasText: 'Happiness' }).click();
  const happy = page.getByRole('group', { name: 'Happiness' });
  await expect(happy.getByRole('button', { name: 'pop', exact: true })).toHaveAttribute('aria-pressed', 'true');
  await happy.getByRole('button', { name: 'jazz' }).click();
  await expect(page.locator('summary', { hasText: 'Happiness' })).toContainText('jazz, pop');
  await expect(page.locator('summary', { hasText: 'Sadness' })).not.toContainText('jazz');
  await expect.poll(liked).toMatchObject({ happiness: [2, 3], sadness: [3] });
  // on a slow network the devices come after the person has typed
  await page.route('**/api/v1/sessions', async (route) => {
    await new Promise((slow) => setTimeout(slow, 1000));
    await route.continue();
  });
  await page.goto('/#/account');

  await page.getByLabel('Name', { exact: true }).fill('Min "su"');
  await expect(page.getByText('this one')).toBeVisible();
  await page.unroute('**/api/v1/sessions');
  await page.getByLabel('E-mail').fill(`${name}@example.org`);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved.')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Min "su"' })).toBeVisible();
  const me = (await (await page.request.get('/api/v1/account')).json()) as { email: string };
  expect(me.email).toBe(`${name}@example.org`);

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('User name').fill(name);
  await page.getByLabel('Password', { exact: true }).fill('wrong');
  await page.locator('form').getByRole('button', { name: 'Sign in' }).last().click();
  await expect(page.getByRole('alert')).toHaveText('The user name or the password is not right.');

  // the user name is forgotten too
  await page.getByLabel('User name').fill('');
  await page.getByRole('button', { name: 'Forgotten your password or user name?' }).click();
  await page.getByLabel('Recovery code').fill(code ?? '');
  await page.getByLabel('New password').fill('new password');
  await page.getByLabel('Password once more').fill('new password');
  await page.getByRole('button', { name: 'Set the password' }).click();
  await expect(page.getByText(`The new password is set. Sign in as ${name}.`)).toBeVisible();
  await expect(page.getByLabel('User name')).toHaveValue(name);
  await page.getByLabel('Password', { exact: true }).fill('new password');
  await page.locator('form').getByRole('button', { name: 'Sign in' }).last().click();
  await expect(page.getByRole('heading', { name: 'Min "su"' })).toBeVisible();

  // one code is used up: new ones in the place of all
  const codes = page.locator('section', { has: page.getByRole('heading', { name: 'Your recovery codes' }) });
  await expect(codes).toContainText('can still be used');
  const left = Number.parseInt((await codes.locator('p').textContent()) ?? '', 10);
  await codes.getByRole('button', { name: 'Make new codes' }).click();
  await codes.getByLabel('Password').fill('wrong');
  await codes.getByRole('button', { name: 'Make new codes' }).click();
  await expect(page.getByRole('alert')).toHaveText('The user name or the password is not right.');
  await codes.getByLabel('Password').fill('new password');
  await codes.getByRole('button', { name: 'Make new codes' }).click();
  await expect(page.getByRole('heading', { name: 'Your recovery codes' })).toBeFocused();
  await expect(page.locator('code')).toHaveCount(left + 1);
  await page.getByRole('button', { name: 'I have kept them' }).click();
  await expect(codes).toContainText(`${left + 1} can still be used`);
});

test('what was kept without an account moves into it, and what is kept offline is sent exactly once', async ({
  page,
  context,
}) => {
  await page.clock.install();
  await agree(page);
  await cameraOn(page);
  await pass(page, 12);
  await page.getByRole('button', { name: 'Pause' }).click();
  await expect.poll(async () => (await rows(page, 'spells')).length).toBe(1);

  await register(page, newName(), 'correct horse');
  const kept = async () => {
    const answer = await page.request.get('/api/v1/journal/spells');
    return ((await answer.json()) as { spells: { id: string; emotion: string }[] }).spells;
  };
  await expect.poll(async () => (await kept()).length).toBe(1);
  expect((await kept())[0].emotion).toBe('happiness');

  // answers get lost: the service keeps the batch, the device does not know
  let lost = 0;
  await page.route('**/api/v1/journal/spells', async (route) => {
    if (route.request().method() !== 'POST' || lost > 0) return route.continue();
    lost += 1;
    await route.fetch();
    await route.abort();
  });
  await tab(page, 'Now');
  await cameraOn(page);
  await pass(page, 12);
  await page.getByRole('button', { name: 'Pause' }).click();
  await expect.poll(() => lost).toBe(1);
  await context.setOffline(true);
  await context.setOffline(false);
  await expect
    .poll(async () => (await rows<{ sent: number }>(page, 'spells')).map((spell) => spell.sent))
    .toEqual([1, 1]);
  expect(await kept()).toHaveLength(2);
});

test('songs given without an account move into it; consent withdrawn here is withdrawn there', async ({
  page,
  context,
}) => {
  await agree(page);
  await touch(page, 'Sadness');
  const song = page.getByRole('region', { name: 'Song' });
  await song.getByRole('button', { name: 'Like' }).click();
  const title = (await song.getByRole('heading').textContent()) ?? '';
  await song.getByRole('button', { name: 'Close the song' }).click();

  await register(page, newName(), 'correct horse');
  const plays = async () => {
    const answer = await page.request.get('/api/v1/journal/plays');
    return ((await answer.json()) as { plays: { title: string; emotion: string; liked: boolean }[] }).plays;
  };
  await expect
    .poll(async () => (await plays()).map((play) => [play.title, play.emotion, play.liked]))
    .toEqual([[title, 'sadness', true]]);
  const consents = async () => {
    const answer = await page.request.get('/api/v1/consents');
    return ((await answer.json()) as { withdrawn_at: string | null }[]).map((one) => one.withdrawn_at !== null);
  };
  await expect.poll(consents).toEqual([false, false]);

  // what is said offline is heard later, once
  await tab(page, 'Now');
  await touch(page, 'Happiness');
  await expect(song).toBeVisible();
  await expect.poll(async () => (await plays()).length).toBe(2);
  // without a service worker a page that was not opened yet could not be
  await tab(page, 'Me');
  await tab(page, 'Now');
  await context.setOffline(true);
  await song.getByRole('button', { name: 'Like' }).click();
  await expect(song.getByRole('button', { name: 'Like' })).toHaveAttribute('aria-pressed', 'true');
  await tab(page, 'Me');
  await page.getByRole('button', { name: 'Withdraw consent' }).click();
  await expect(page.getByRole('heading', { name: 'How does your face feel today?' })).toBeVisible();
  await context.setOffline(false);
  await expect.poll(consents).toEqual([true, true]);
  // nothing more of the journal goes out until there is consent again
  expect((await plays())[1].liked).toBeNull();
  await agree(page);
  await expect.poll(async () => (await plays()).map((play) => play.liked)).toEqual([true, true]);
});

test('songs of the service: a file that plays, YouTube without cookies, a search', async ({ page }) => {
  await agree(page);
  await register(page, newName(), 'correct horse');
  const framed: string[] = [];
  // nothing outside is asked for in tests
  await page.route('https://www.youtube-nocookie.com/**', (route) => {
    framed.push(route.request().url());
    return route.fulfill({ contentType: 'text/html', body: '<p>player</p>' });
  });
  await tab(page, 'Now');
  await touch(page, 'Happiness');
  const song = page.getByRole('region', { name: 'Song' });
  const seen = new Set<string>();
  for (let i = 0; i < 4; i++) {
    await expect(song).toBeVisible();
    const title = (await song.getByRole('heading').textContent()) ?? '';
    seen.add(title);
    if (title === 'Later a video') {
      await expect(song.getByRole('link', { name: 'On YouTube' })).toHaveAttribute('href', /search_query=/);
    } else {
      await song.getByRole('button', { name: 'Play', exact: true }).click();
    }
    if (title === 'A video') {
      await expect(song.locator('iframe')).toHaveAttribute(
        'src',
        /^https:\/\/www\.youtube-nocookie\.com\/embed\/abcdefghijk\?/,
      );
      // nothing interrupts a playing song
      await touch(page, 'Fear');
      await expect(page.getByText('Kept: Fear.')).toBeVisible();
      await page.waitForTimeout(1000);
      await expect(song.getByRole('heading')).toHaveText('A video');
      await expect(song.locator('iframe')).toHaveCount(1);
    } else if (title !== 'Later a video') {
      const audio = song.locator('audio');
      await expect.poll(() => audio.evaluate((one: HTMLAudioElement) => one.currentTime)).toBeGreaterThan(0.2);
    }
    if (i < 3) {
      await song.getByRole('button', { name: 'Another one' }).click();
      await expect(song.getByRole('heading')).not.toHaveText(title);
    }
  }
  expect(seen).toEqual(new Set(['A video', 'Morning', 'Evening', 'Later a video']));
  expect(framed).toHaveLength(1);
  const answer = await page.request.get('/api/v1/journal/plays');
  const { plays } = (await answer.json()) as { plays: { skipped: boolean; emotion: string }[] };
  expect(plays.map((play) => play.skipped)).toEqual([true, true, true, false]);
});

test('a service that is gone loses nothing', async ({ page }) => {
  await agree(page);
  await page.route('**/api/**', (route) => route.abort());
  await page.goto('/#/account');
  await page.getByLabel('User name').fill('somebody');
  await page.getByLabel('Password', { exact: true }).fill('a password');
  await page.locator('form').getByRole('button', { name: 'Sign in' }).last().click();
  await expect(page.getByRole('alert')).toContainText('The service does not answer.');
  await tab(page, 'Now');
  await cameraOn(page);
});
