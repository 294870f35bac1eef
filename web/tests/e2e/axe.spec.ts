import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { agree, cameraOn, expect, newName, put, register, spellOf, tab, test } from './person';

/** In both themes. */
async function clean(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await expect(page.locator('html')).toHaveAttribute('data-theme', colorScheme);
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`)).toEqual([]);
  }
}

test('every screen is accessible, light and dark', async ({ page }) => {
  test.slow();
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.goto('/');
  await clean(page);
  await agree(page);
  await clean(page);
  await cameraOn(page);
  await expect(page.getByRole('region', { name: 'Song' })).toBeVisible();
  await clean(page);
  await page.getByRole('button', { name: 'Pick a feeling by hand' }).click();
  await clean(page);
  await page.getByRole('dialog').getByRole('button', { name: 'Happiness' }).click();
  await page.getByRole('button', { name: 'Keep' }).click();
  await put(page, 'spells', [spellOf(1, Date.now() / 1000 - 60, 30)]);
  await tab(page, 'Journal');
  for (const span of ['Week', 'Month', 'Year', 'Day']) {
    await page.getByRole('button', { name: span, exact: true }).click();
    await clean(page);
  }
  await page.locator('summary', { hasText: 'Happiness' }).click();
  await page
    .getByRole('button', { name: /^Correct or delete/ })
    .first()
    .click();
  await clean(page);
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
  await put(page, 'bans', [{ name: 'A – B', songId: 'A – B', artist: 'A', title: 'B', account: null }]);
  await tab(page, 'Me');
  await expect(page.getByRole('button', { name: 'Allow again B' })).toBeVisible();
  await page.locator('summary', { hasText: 'Fear' }).click();
  await clean(page);
  await page.getByRole('button', { name: 'Sign in or sign up' }).click();
  await expect(page.getByLabel('User name')).toBeVisible();
  await clean(page);
  await page.getByRole('button', { name: 'Forgotten your password or user name?' }).click();
  await clean(page);
  await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
  await register(page, newName(), 'correct horse');
  await clean(page);
  await page.getByRole('button', { name: 'I have kept them' }).click();
  await page.getByRole('button', { name: 'Delete the account' }).click();
  await clean(page);
  await tab(page, 'Now');
  await page.getByRole('region', { name: 'Song' }).getByRole('button', { name: 'Never again' }).click();
  await expect(page.getByText('Not given again:')).toBeVisible();
  await page.getByText('Why this song?').click();
  await clean(page);
});
