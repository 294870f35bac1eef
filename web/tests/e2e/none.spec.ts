import { agree, expect, test, touch } from './person';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
test.use({
  launchOptions: {
    executablePath,
    args: ['--no-sandbox', '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream=device-count=0'],
  },
});

test('a machine without a camera can still pick a feeling', async ({ page }) => {
  await agree(page);
  await page.getByRole('button', { name: 'Turn the camera on' }).click();
  await expect(page.getByText('No camera was found.')).toBeVisible();
  await touch(page, 'Happiness');
  await expect(page.getByRole('region', { name: 'Song' })).toBeVisible();
});
