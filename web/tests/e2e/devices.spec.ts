import type { Page } from '@playwright/test';
import { agree, expect, newName, register, rows, signIn, tab, test, touch } from './person';

interface Kept {
  entries: { id: string }[];
}

async function preferences(page: Page) {
  const answer = await page.request.get('/api/v1/preferences');
  return (await answer.json()) as { genres: Record<string, number[]>; goals: Record<string, string> };
}

test('a device that is signed out by another one keeps what it has, and sends it once it is signed in again', async ({
  page,
  context,
  browser,
}) => {
  const name = newName();
  await agree(page);
  await register(page, name, 'correct horse');
  await page.getByRole('button', { name: 'I have kept them' }).click();
  // whoever ticked no genre when signing up can do so for each feeling now, also offline, and say what songs should do
  const forFear = async () => {
    const { genres, goals } = await preferences(page);
    return [...(genres.fear ?? []), goals.fear];
  };
  await tab(page, 'Me');
  await page.locator('summary', { hasText: 'Fear' }).click();
  await context.setOffline(true);
  const jazz = page.getByRole('group', { name: 'Fear' }).getByRole('button', { name: 'jazz' });
  await jazz.click();
  await expect(jazz).toHaveAttribute('aria-pressed', 'true');
  await page.getByRole('combobox', { name: 'Fear' }).selectOption('lift');
  expect(await forFear()).toEqual(['calm']);
  await context.setOffline(false);
  await expect.poll(forFear).toEqual([2, 'lift']);
  await page.goto('/#/account');

  const lost = await (await browser.newContext()).newPage();
  await agree(lost);
  await tab(lost, 'Me');
  await lost.getByRole('combobox', { name: 'Anger' }).selectOption('match');
  await signIn(lost, name, 'correct horse');
  await expect(lost.getByText('this one')).toBeVisible();
  // what is liked comes along, and what was chosen here before joins it
  await tab(lost, 'Me');
  await expect(lost.locator('summary', { hasText: 'Fear' })).toContainText('jazz');
  await expect(lost.getByRole('combobox', { name: 'Fear' })).toHaveValue('lift');
  await expect(lost.getByRole('combobox', { name: 'Anger' })).toHaveValue('match');
  await tab(lost, 'Now');
  await touch(lost, 'Happiness');
  const kept = async () => ((await (await page.request.get('/api/v1/journal/entries')).json()) as Kept).entries.length;
  await expect.poll(kept).toBe(1);

  await page.reload();
  const devices = page.locator('section', { has: page.getByRole('heading', { name: 'Devices' }) });
  await expect(devices.getByRole('listitem')).toHaveCount(2);
  await devices.getByRole('button', { name: 'Sign out' }).click();
  await expect(devices.getByRole('listitem')).toHaveCount(1);
  await expect(devices.getByText('this one')).toBeVisible();

  expect((await lost.request.get('/api/v1/account')).status()).toBe(401);
  // at once it would be a change of mind, and take the place of the first
  await tab(lost, 'Me');
  await tab(lost, 'Now');
  await touch(lost, 'Fear');
  await tab(lost, 'Me');
  await expect(lost.getByText('You use the app without an account.')).toBeVisible();
  await tab(lost, 'Journal');
  await expect(lost.getByRole('button', { name: 'Change this note' })).toHaveCount(2);
  expect(await kept()).toBe(1);
  await signIn(lost, name, 'correct horse');
  await expect.poll(kept).toBe(2);
  await lost.context().close();
});

test('an account is deleted; what is on the device stays, and moves into another account', async ({ page }) => {
  const name = newName();
  await agree(page);
  await register(page, name, 'correct horse');
  await page.getByRole('button', { name: 'I have kept them' }).click();
  await tab(page, 'Now');
  await touch(page, 'Happiness');
  await tab(page, 'Me');
  await page.getByRole('combobox', { name: 'Fear' }).selectOption('lift');
  await expect.poll(async () => (await preferences(page)).goals.fear).toBe('lift');
  await expect
    .poll(async () => (await rows<{ sent: number }>(page, 'entries')).map((entry) => entry.sent))
    .toEqual([1]);
  await page.goto('/#/account');
  await page.getByRole('button', { name: 'Delete the account' }).click();
  await page.getByLabel('Password', { exact: true }).fill('wrong horse');
  await page.getByRole('button', { name: 'Yes, delete' }).click();
  await expect(page.getByRole('alert')).toHaveText('The user name or the password is not right.');
  await expect(page.getByRole('heading', { name: 'Devices' })).toBeVisible();
  await page.getByLabel('Password', { exact: true }).fill('correct horse');
  await page.getByRole('button', { name: 'Yes, delete' }).click();
  await expect(page.getByRole('heading', { name: 'Devices' })).toHaveCount(0);

  await signIn(page, name, 'correct horse');
  await expect(page.getByRole('alert')).toHaveText('The user name or the password is not right.');
  await tab(page, 'Journal');
  await expect(page.getByRole('button', { name: 'Change this note' })).toHaveCount(1);
  await register(page, newName(), 'correct horse');
  const kept = async () => ((await (await page.request.get('/api/v1/journal/entries')).json()) as Kept).entries.length;
  await expect.poll(kept).toBe(1);
  await expect.poll(async () => (await preferences(page)).goals).toMatchObject({ fear: 'lift', anger: 'calm' });
});
