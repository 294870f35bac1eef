import { randomUUID } from 'node:crypto';
import type { Page } from '@playwright/test';
import { agree, cameraOn, expect, rows, tab, test } from './person';

test.use({ serviceWorkers: 'block' });

async function open(page: Page): Promise<void> {
  await page.goto('/#/account');
}

async function register(page: Page, name: string, password: string): Promise<void> {
  await open(page);
  await page.getByRole('button', { name: 'Sign up' }).first().click();
  await page.getByLabel('User name').fill(name);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByLabel('Password once more').fill(password);
  await page.locator('form').getByRole('button', { name: 'Sign up' }).last().click();
  await expect(page.getByRole('heading', { name: 'Your recovery codes' })).toBeVisible();
}

test('sign up, sign out, sign in, with clear words after a failure', async ({ page }) => {
  const name = `p-${randomUUID().slice(0, 8)}`;
  await agree(page);
  await open(page);
  await page.getByRole('button', { name: 'Sign up' }).first().click();
  await page.getByLabel('User name').fill(name);
  await page.getByLabel('Password', { exact: true }).fill('one password');
  await page.getByLabel('Password once more').fill('another password');
  await page.locator('form').getByRole('button', { name: 'Sign up' }).last().click();
  await expect(page.getByRole('alert')).toHaveText('The two passwords are not the same.');

  await register(page, name, 'correct horse');
  const code = await page.locator('code').first().textContent();
  await page.getByRole('button', { name: 'I have kept them' }).click();
  await expect(page.getByText('this one')).toBeVisible();

  await page.getByRole('group', { name: 'Happiness' }).getByRole('button', { name: 'jazz' }).click();
  await expect(page.getByRole('group', { name: 'Happiness' }).getByRole('button', { name: 'jazz' })).toHaveAttribute(
    'aria-pressed',
    'true',
  );

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('User name').fill(name);
  await page.getByLabel('Password', { exact: true }).fill('wrong');
  await page.locator('form').getByRole('button', { name: 'Sign in' }).last().click();
  await expect(page.getByRole('alert')).toHaveText('The user name or the password is not right.');

  await page.getByRole('button', { name: 'Forgotten your password?' }).click();
  await page.getByLabel('Recovery code').fill(code ?? '');
  await page.getByLabel('New password').fill('new password');
  await page.getByLabel('Password once more').fill('new password');
  await page.getByRole('button', { name: 'Set the password' }).click();
  await expect(page.getByText('The new password is set.')).toBeVisible();
  await page.getByLabel('Password', { exact: true }).fill('new password');
  await page.locator('form').getByRole('button', { name: 'Sign in' }).last().click();
  await expect(page.getByRole('heading', { name })).toBeVisible();
});

test('what was kept without an account moves into it, and what is kept offline is sent exactly once', async ({
  page,
  context,
}) => {
  await agree(page);
  await cameraOn(page);
  await page.waitForTimeout(11_500);
  await page.getByRole('button', { name: 'Pause' }).click();
  await expect.poll(async () => (await rows(page, 'spells')).length).toBe(1);

  await register(page, `p-${randomUUID().slice(0, 8)}`, 'correct horse');
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
  await page.waitForTimeout(11_500);
  await page.getByRole('button', { name: 'Pause' }).click();
  await expect.poll(() => lost).toBe(1);
  await context.setOffline(true);
  await context.setOffline(false);
  await expect
    .poll(async () => (await rows<{ sent: number }>(page, 'spells')).map((spell) => spell.sent))
    .toEqual([1, 1]);
  expect(await kept()).toHaveLength(2);
});

test('songs of the service: a file that plays, YouTube without cookies', async ({ page }) => {
  await agree(page);
  await register(page, `p-${randomUUID().slice(0, 8)}`, 'correct horse');
  const framed: string[] = [];
  // nothing outside is asked for in tests
  await page.route('https://www.youtube-nocookie.com/**', (route) => {
    framed.push(route.request().url());
    return route.fulfill({ contentType: 'text/html', body: '<p>player</p>' });
  });
  await tab(page, 'Now');
  await page.getByRole('button', { name: 'Pick a feeling by hand' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Happiness' }).click();
  await page.getByRole('button', { name: 'Keep' }).click();
  const song = page.getByRole('region', { name: 'Song' });
  const seen = new Set<string>();
  for (let i = 0; i < 3; i++) {
    await expect(song).toBeVisible();
    const title = (await song.getByRole('heading').textContent()) ?? '';
    seen.add(title);
    await song.getByRole('button', { name: 'Play', exact: true }).click();
    if (title === 'A video') {
      await expect(song.locator('iframe')).toHaveAttribute(
        'src',
        /^https:\/\/www\.youtube-nocookie\.com\/embed\/abcdefghijk\?/,
      );
    } else {
      const audio = song.locator('audio');
      await expect.poll(() => audio.evaluate((one: HTMLAudioElement) => one.currentTime)).toBeGreaterThan(0.2);
    }
    if (i < 2) {
      await song.getByRole('button', { name: 'Another one' }).click();
      await expect(song.getByRole('heading')).not.toHaveText(title);
    }
  }
  expect(seen).toEqual(new Set(['A video', 'Morning', 'Evening']));
  expect(framed).toHaveLength(1);
  const answer = await page.request.get('/api/v1/journal/plays');
  const { plays } = (await answer.json()) as { plays: { skipped: boolean; emotion: string }[] };
  expect(plays.map((play) => play.skipped)).toEqual([true, true, false]);
});

test('a service that is gone loses nothing', async ({ page }) => {
  await agree(page);
  await page.route('**/api/**', (route) => route.abort());
  await open(page);
  await page.getByLabel('User name').fill('somebody');
  await page.getByLabel('Password', { exact: true }).fill('a password');
  await page.locator('form').getByRole('button', { name: 'Sign in' }).last().click();
  await expect(page.getByRole('alert')).toContainText('The service does not answer.');
  await tab(page, 'Now');
  await cameraOn(page);
});
