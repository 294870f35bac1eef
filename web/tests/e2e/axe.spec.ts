import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { agree, cameraOn, expect, tab, test } from './person';

async function clean(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`)).toEqual([]);
}

for (const theme of ['light', 'dark'] as const) {
  test(`every screen is accessible, ${theme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
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
    await tab(page, 'Journal');
    for (const span of ['Week', 'Month', 'Year', 'Day']) {
      await page.getByRole('button', { name: span, exact: true }).click();
      await clean(page);
    }
    await tab(page, 'Me');
    await clean(page);
    await page.getByRole('button', { name: 'Sign in or sign up' }).click();
    await expect(page.getByLabel('User name')).toBeVisible();
    await clean(page);
  });
}
