import { agree, expect, test } from './person';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
test.use({
  launchOptions: {
    executablePath,
    args: ['--no-sandbox', '--use-fake-device-for-media-stream', '--deny-permission-prompts'],
  },
});

test('a refused camera is said, and how to allow it', async ({ page }) => {
  await agree(page);
  await page.getByRole('button', { name: 'Turn the camera on' }).click();
  await expect(page.getByText('The browser was not allowed to use the camera.')).toBeVisible();
});
