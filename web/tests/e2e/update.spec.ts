import { readFileSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { agree, expect, test } from './person';

const worker = (ending = '') => new URL(`../../dist/sw.js${ending}`, import.meta.url);

test('a newer version is offered, and comes when it is wanted', async ({ page }) => {
  await agree(page);
  await expect.poll(() => page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);
  await expect(page.getByText('A newer version is ready.')).toHaveCount(0);
  const files = ['', '.br', '.gz'].map((ending) => ({ path: worker(ending), content: readFileSync(worker(ending)) }));
  try {
    const newer = Buffer.concat([files[0].content, Buffer.from('\n// newer\n')]);
    [newer, brotliCompressSync(newer), gzipSync(newer)].forEach((content, i) => {
      writeFileSync(files[i].path, content);
    });
    await page.evaluate(async () => {
      Object.assign(window, { before: true });
      await (await navigator.serviceWorker.getRegistration())?.update();
    });
    await expect(page.getByText('A newer version is ready.')).toBeVisible();
    expect(await page.evaluate(() => 'before' in window)).toBe(true);
    await page.getByRole('button', { name: 'Update' }).click();
    await expect.poll(() => page.evaluate(() => 'before' in window).catch(() => true)).toBe(false);
    await expect(page.getByRole('region', { name: 'How do you feel?' })).toBeVisible();
    await expect(page.getByText('A newer version is ready.')).toHaveCount(0);
  } finally {
    for (const { path, content } of files) writeFileSync(path, content);
  }
});
