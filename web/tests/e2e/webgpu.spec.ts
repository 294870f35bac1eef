// Opt-in: `WEBGPU_ADAPTER=swiftshader npm run e2e -- webgpu`, or the name of another adapter of Chromium's
// `--use-webgpu-adapter`. Few machines that run tests have one, and in software it is slower than WASM.
import { showing } from '../../playwright.config';
import { agree, expect, test } from './person';

const adapter = process.env.WEBGPU_ADAPTER ?? '';
const { args, ...browser } = showing('smile');
test.use({
  serviceWorkers: 'block',
  launchOptions: { ...browser, args: [...args, '--enable-unsafe-webgpu', `--use-webgpu-adapter=${adapter}`] },
});
test.skip(!adapter, 'no adapter is given: WEBGPU_ADAPTER=swiftshader');

test('a device on which WebGPU has proved faster reads with it, and with nothing else', async ({ page }) => {
  const loaded: string[] = [];
  page.on('response', (response) => loaded.push(new URL(response.url()).pathname));
  await page.addInitScript(() => {
    const kept = { agent: navigator.userAgent, backend: 'webgpu' };
    localStorage.setItem('feeling.backend', JSON.stringify(kept));
  });
  await agree(page);
  await page.getByRole('button', { name: 'Turn the camera on' }).click();
  await expect(page.getByRole('heading', { name: 'A happy expression' })).toBeVisible({ timeout: 80_000 });
  await expect(page.getByText('Faces: 1')).toBeVisible();
  const engines = loaded.filter((path) => path.endsWith('.wasm'));
  expect(engines).toHaveLength(1);
  expect(engines[0]).toContain('asyncify');
});

test('WebGPU is tried once beside WASM, and the answer is kept', async ({ page }) => {
  test.setTimeout(300_000);
  await page.clock.install();
  await agree(page);
  await page.getByRole('button', { name: 'Turn the camera on' }).click();
  await expect(page.getByRole('heading', { name: 'A happy expression' })).toBeVisible({ timeout: 40_000 });
  const answer = () =>
    page.evaluate(() => (JSON.parse(localStorage.getItem('feeling.backend') ?? '{}') as { backend?: string }).backend);
  expect(await answer()).toBeUndefined();
  await page.clock.fastForward(20_000);
  await expect.poll(answer, { timeout: 180_000 }).toMatch(/^(wasm|webgpu)$/);
  // the camera is read on
  const box = page.locator('.face').first();
  const before = await box.getAttribute('style');
  await expect(box).not.toHaveAttribute('style', before ?? '');
  await expect(page.getByRole('heading', { name: 'A happy expression' })).toBeVisible();
});
