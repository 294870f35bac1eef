import { agree, expect, test, touch } from './person';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const port = Number(process.env.E2E_PORT ?? 4174);
// the same service under a name that is not this machine's, as another device sees it: not a secure context
test.use({
  baseURL: `http://journal.example:${port}`,
  launchOptions: {
    executablePath,
    args: ['--no-sandbox', '--use-fake-device-for-media-stream', '--host-resolver-rules=MAP journal.example 127.0.0.1'],
  },
});

test('plain HTTP from another device: why the camera is off, and a feeling by hand', async ({ page }) => {
  await agree(page);
  expect(await page.evaluate(() => isSecureContext)).toBe(false);
  await page.getByRole('button', { name: 'Turn the camera on' }).click();
  await expect(page.getByText('Browsers allow the camera only over HTTPS.')).toBeVisible();
  await touch(page, 'Happiness');
  await expect(page.getByText('Kept: Happiness.')).toBeVisible();
  await expect(page.getByRole('region', { name: 'Song' })).toBeVisible();
});
