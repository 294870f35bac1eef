import { agree, cameraOn, expect, rows, tab, test } from './person';

test('nothing starts before consent', async ({ page }) => {
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await page.goto('/');
  await expect(page.getByRole('heading', { name: 'How does your face feel today?' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Begin without an account' })).toBeDisabled();
  expect(asked.filter((path) => path.startsWith('/models/') || path.endsWith('.wasm'))).toEqual([]);
});

test('a smiling face is read, corrected, kept and shown', async ({ page }) => {
  await agree(page);
  await cameraOn(page);
  await expect(page.getByText('Faces: 1')).toBeVisible();

  const song = page.getByRole('region', { name: 'Song' });
  await expect(song).toBeVisible();
  const first = await song.getByRole('heading').textContent();
  await song.getByRole('button', { name: 'Another one' }).click();
  await expect(song.getByRole('heading')).not.toHaveText(first ?? '');
  await song.getByRole('button', { name: 'Like' }).click();
  await expect(song.getByRole('button', { name: 'Like' })).toHaveAttribute('aria-pressed', 'true');

  await page.getByRole('button', { name: /^Surprise/ }).click();
  await expect(page.getByRole('heading', { name: 'A surprised expression' })).toBeVisible();
  await page.waitForTimeout(15_000);
  await page.getByRole('button', { name: 'Pause' }).click();

  await expect.poll(async () => (await rows(page, 'spells')).length).toBeGreaterThan(0);
  const spells = await rows<{ emotion: number; readEmotion: number | null; readings: number }>(page, 'spells');
  expect(spells.at(-1)).toMatchObject({ emotion: 2, readEmotion: 1 });
  expect(spells[0].readings).toBeGreaterThan(20);

  await tab(page, 'Journal');
  await expect(page.getByRole('heading', { name: 'Surprise' })).toBeVisible();
  await page.getByText('Surprise', { exact: true }).last().click();
  await page.getByRole('button', { name: 'Month' }).click();
  await expect(page.getByRole('button', { name: /, Surprise,/ })).toBeVisible();
  for (const span of ['Week', 'Year']) {
    await page.getByRole('button', { name: span }).click();
    await expect(page.getByRole('button', { name: /: Surprise/ })).toBeVisible();
  }
  await page.getByRole('button', { name: 'Previous' }).click();
  await expect(page.getByRole('button', { name: /: Surprise/ })).toHaveCount(0);
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'CSV' }).click();
  expect((await download).suggestedFilename()).toBe('feeling.csv');
});

test('a feeling is picked by hand with the keyboard alone, with a note', async ({ page }) => {
  await page.goto('/');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Hello' })).toBeVisible();
  const pick = page.getByRole('button', { name: 'Pick a feeling by hand' });
  for (let i = 0; i < 12 && !(await pick.evaluate((one) => one === document.activeElement)); i++) {
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  const sadness = dialog.getByRole('button', { name: 'Sadness' });
  for (let i = 0; i < 12 && !(await sadness.evaluate((one) => one === document.activeElement)); i++) {
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('Space');
  const note = dialog.getByLabel('Note');
  for (let i = 0; i < 12 && !(await note.evaluate((one) => one === document.activeElement)); i++) {
    await page.keyboard.press('Tab');
  }
  await page.keyboard.type('It rained "all day".');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  const keep = dialog.getByRole('button', { name: 'Keep' });
  for (let i = 0; i < 15 && !(await keep.evaluate((one) => one === document.activeElement)); i++) {
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('Enter');
  await expect(dialog).toHaveCount(0);
  await expect(page.getByRole('region', { name: 'Song' })).toBeVisible();
  await tab(page, 'Journal');
  await expect(page.getByText('It rained "all day".')).toBeVisible();
  await expect(page.getByText(/Sadness · home/)).toBeVisible();
  await page.getByRole('button', { name: 'Delete this note' }).click();
  await expect(page.getByText('It rained "all day".')).toHaveCount(0);
});

test('language, theme and consent are the person’s to change', async ({ page }) => {
  await agree(page);
  await tab(page, 'Me');
  await page.getByRole('button', { name: 'Dark' }).click();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await page.getByRole('button', { name: '한국어' }).click();
  await expect(page.getByRole('heading', { name: '나', exact: true })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('heading', { name: '나', exact: true })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('lang', 'ko');
  await page.getByRole('button', { name: '동의 철회' }).click();
  await expect(page.getByRole('heading', { name: '오늘, 어떤 표정인가요?' })).toBeVisible();
});

test('a resting face is learned', async ({ page }) => {
  await agree(page);
  await cameraOn(page);
  await page.getByRole('button', { name: 'Learn my resting face' }).click();
  await expect(page.getByRole('heading', { name: /^Look relaxed/ })).toBeVisible();
  await expect(page.getByRole('heading', { name: /^Look relaxed/ })).toHaveCount(0);
  await tab(page, 'Me');
  await expect(page.getByText('Your resting face is taken into account.')).toBeVisible();
  await page.getByRole('button', { name: 'Forget' }).click();
  await expect(page.getByText('Your resting face is taken into account.')).toHaveCount(0);
});

test('a long low spell brings a number to call', async ({ page }) => {
  await agree(page);
  await page.evaluate(
    () =>
      new Promise<void>((done) => {
        const opening = indexedDB.open('feeling-manager');
        opening.onsuccess = () => {
          const store = opening.result.transaction('spells', 'readwrite').objectStore('spells');
          const now = Date.now() / 1000;
          const probabilities = [0.1, 0, 0, 0.9, 0, 0, 0, 0];
          for (let i = 0; i < 5; i++) {
            const start = now - 3000 + i * 300;
            store.put({
              id: String(i),
              start,
              end: start + 300,
              emotion: 3,
              readEmotion: null,
              probabilities,
              readings: 9,
              unclearShare: 0,
              sent: 0,
            });
          }
          store.transaction.oncomplete = () => done();
        };
      }),
  );
  await page.reload();
  await expect(page.getByRole('link', { name: 'Call 116 123' })).toBeVisible();
});
