import { showing } from '../../playwright.config';
import { agree, expect, pass, rows, test } from './person';

test.use({ launchOptions: showing('blurred') });

test('unclear is shown as such, with what helps; no emotion, song or spell is made of it', async ({ page }) => {
  await page.clock.install();
  await agree(page);
  await page.getByRole('button', { name: 'Turn the camera on' }).click();
  await expect(page.getByRole('heading', { name: 'Hard to say' })).toBeVisible({ timeout: 40_000 });
  await expect(page.getByText('The picture is blurred. Hold still, or find more light.')).toBeVisible();
  const face = page.getByRole('button', { name: /^Face \d+: Unclear. This is me$/ });
  await expect(face).toHaveClass(/unclear/);
  await expect(face).toHaveText('Unclear');
  await pass(page, 14);
  await expect(page.getByRole('heading', { name: 'Hard to say' })).toBeVisible();
  await expect(page.getByRole('region', { name: 'Song' })).toHaveCount(0);
  await page.getByRole('button', { name: 'Pause' }).click();
  await expect(page.getByText('Paused. The camera is off.')).toBeVisible();
  expect(await rows(page, 'spells')).toEqual([]);
  expect(await rows(page, 'plays')).toEqual([]);
});
