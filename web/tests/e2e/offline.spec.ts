import { agree, cameraOn, expect, test } from './person';

test('offline: the page starts again and reads on', async ({ page, context }) => {
  await agree(page);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await cameraOn(page);
  await expect
    .poll(() => page.evaluate(async () => (await (await caches.open('by-content')).keys()).length))
    .toBeGreaterThan(4);
  await context.setOffline(true);
  await page.reload();
  await cameraOn(page);
  await expect(page.getByRole('region', { name: 'Song' })).toBeVisible();
});
