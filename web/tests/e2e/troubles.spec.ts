import { agree, expect, test } from './person';

// a service worker would ask in the page's stead, unseen by the test
test.use({ serviceWorkers: 'block' });

test('models that can’t be loaded are said, and tried again', async ({ page }) => {
  await page.route('**/models/*.onnx', (route) => route.abort());
  await agree(page);
  await page.getByRole('button', { name: 'Turn the camera on' }).click();
  await expect(page.getByText('The files that read the face could not be loaded.')).toBeVisible();
  await page.unroute('**/models/*.onnx');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('heading', { name: 'A happy expression' })).toBeVisible({ timeout: 40_000 });
});

test('a damaged model is refused', async ({ page }) => {
  await page.route('**/models/*.onnx', (route) => route.fulfill({ body: 'not a model' }));
  await agree(page);
  await page.getByRole('button', { name: 'Turn the camera on' }).click();
  await expect(page.getByText('The files that read the face could not be loaded.')).toBeVisible();
});
