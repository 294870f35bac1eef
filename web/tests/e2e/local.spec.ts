import { agree, cameraOn, expect, pass, put, rows, spellOf, tab, test, touch } from './person';

test('nothing starts before consent', async ({ page }) => {
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await page.goto('/');
  await expect(page.getByRole('heading', { name: 'How does your face feel today?' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Begin without an account' })).toBeDisabled();
  expect(asked.filter((path) => path.startsWith('/models/') || path.endsWith('.wasm'))).toEqual([]);
});

test('a smiling face is read, corrected, kept and shown', async ({ page }) => {
  await page.clock.install();
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
  await pass(page, 12, 0.5);
  await page.getByRole('button', { name: 'Pause' }).click();

  await expect.poll(async () => (await rows(page, 'spells')).length).toBeGreaterThan(0);
  const spells = await rows<{ emotion: number; readEmotion: number | null; readings: number }>(page, 'spells');
  expect(spells.at(-1)).toMatchObject({ emotion: 2, readEmotion: 1 });
  expect(spells.at(-1)?.readings).toBeGreaterThan(20);

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
  const to = async (name: string, most = 25) => {
    const target = page.getByRole('button', { name, exact: true }).and(page.locator(':visible'));
    for (let i = 0; i < most; i++) {
      if (await target.last().evaluate((one) => one === document.activeElement)) return;
      await page.keyboard.press('Tab');
    }
    throw new Error(`${name} can't be reached by the keyboard`);
  };
  await to('Sadness');
  await page.keyboard.press('Space');
  await expect(page.getByText('Kept: Sadness.')).toBeVisible();
  await to('Add a note');
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  const note = dialog.getByLabel('Note');
  for (let i = 0; i < 12 && !(await note.evaluate((one) => one === document.activeElement)); i++) {
    await page.keyboard.press('Tab');
  }
  await page.keyboard.type('It rained "all day".');
  await to('home');
  await page.keyboard.press('Space');
  await to('Keep');
  await page.keyboard.press('Enter');
  await expect(dialog).toHaveCount(0);
  await expect(page.getByRole('region', { name: 'Song' })).toBeVisible();
  await tab(page, 'Journal');
  await expect(page.getByText('It rained "all day".')).toBeVisible();
  await expect(page.getByText(/Sadness · home/)).toBeVisible();
});

test('a feeling is kept by one touch, taken back, changed, moved to another day and deleted', async ({ page }) => {
  await agree(page);
  await touch(page, 'Fear');
  await page.getByRole('button', { name: 'Undo' }).click();
  expect(await rows(page, 'entries')).toEqual([]);
  await touch(page, 'Happiness');
  expect(await rows(page, 'entries')).toHaveLength(1);

  await tab(page, 'Journal');
  await page.getByRole('button', { name: 'Change this note' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('button', { name: 'Happiness' })).toHaveAttribute('aria-pressed', 'true');
  await dialog.getByLabel('Note').fill('A letter came.');
  await dialog.getByRole('button', { name: 'family' }).click();
  const yesterday = new Date(Date.now() + 9 * 3_600_000 - 86_400_000).toISOString().slice(0, 11);
  await dialog.getByLabel('When').fill(`${yesterday}08:30`);
  await dialog.getByRole('button', { name: 'Keep' }).click();
  await expect(page.getByText('A letter came.')).toHaveCount(0);
  await page.getByRole('button', { name: 'Previous' }).click();
  await expect(page.getByText('A letter came.')).toBeVisible();
  await expect(page.getByText(/8:30.*Happiness · family/)).toBeVisible();

  await page.getByRole('button', { name: 'Change this note' }).click();
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByText('A letter came.')).toHaveCount(0);
  expect(await rows(page, 'entries')).toEqual([]);
});

test('a reminder: a line when its time has come and nothing is kept, gone after one touch', async ({ page }) => {
  await agree(page);
  await tab(page, 'Me');
  await page.getByLabel('Remind me').check();
  await page.getByLabel('At', { exact: true }).fill('00:00');
  await page.getByLabel('At', { exact: true }).blur();
  await tab(page, 'Now');
  await expect(page.getByText('How was today? One touch is enough.')).toBeVisible();
  await touch(page, 'Neutral');
  await tab(page, 'Me');
  await tab(page, 'Now');
  await expect(page.getByRole('region', { name: 'How do you feel?' })).toBeVisible();
  await expect(page.getByText('How was today? One touch is enough.')).toHaveCount(0);
});

test('everything on the device is deleted after a question that is in view', async ({ page }) => {
  await agree(page);
  await touch(page, 'Fear');
  await tab(page, 'Me');
  await page.getByRole('button', { name: 'Delete everything' }).click();
  const yes = page.getByRole('button', { name: 'Yes, delete' });
  const navigation = await page.getByRole('navigation').boundingBox();
  await expect.poll(async () => (await yes.boundingBox())?.y).toBeLessThan((navigation?.y ?? 0) - 40);
  expect(await rows(page, 'entries')).toHaveLength(1);
  await yes.click();
  await expect(page.getByRole('heading', { name: 'How does your face feel today?' })).toBeVisible();
  expect(await rows(page, 'entries')).toEqual([]);
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
  await expect(page.getByRole('heading', { name: /^Look relaxed, [1-3]$/ })).toBeVisible();
  await expect(page.getByRole('heading', { name: /^Look relaxed/ })).toHaveCount(0);
  await tab(page, 'Me');
  await expect(page.getByText('Your resting face is taken into account.')).toBeVisible();
  await page.getByRole('button', { name: 'Forget' }).click();
  await expect(page.getByText('Your resting face is taken into account.')).toHaveCount(0);
});

test('a long low spell brings a number to call', async ({ page }) => {
  await agree(page);
  const now = Date.now() / 1000;
  await put(
    page,
    'spells',
    Array.from({ length: 5 }, (_, i) => spellOf(3, now - 3000 + i * 300)),
  );
  await page.reload();
  await expect(page.getByRole('link', { name: 'Call 116 123' })).toBeVisible();

  // the person's own number goes first, another country has another one, and the line can be done without
  await tab(page, 'Me');
  await page.getByLabel('Another number').fill('02 123 4567');
  await tab(page, 'Now');
  await expect(page.getByRole('link', { name: 'Call 02 123 4567' })).toHaveAttribute('href', 'tel:021234567');
  await page.reload();
  await expect(page.getByRole('link', { name: 'Call 02 123 4567' })).toBeVisible();
  await tab(page, 'Me');
  await page.getByLabel('Another number').fill('');
  await page.getByLabel('Country').selectOption('KR');
  await tab(page, 'Now');
  await expect(page.getByRole('link', { name: 'Call 109' })).toHaveAttribute('href', 'tel:109');
  await tab(page, 'Me');
  await page.getByLabel('Show it').uncheck();
  await tab(page, 'Now');
  await expect(page.getByRole('region', { name: 'How do you feel?' })).toBeVisible();
  await expect(page.getByText('It has been a heavy while')).toHaveCount(0);
});

test('frames a second when asked for; the other camera', async ({ page }) => {
  await page.addInitScript(() => {
    const devices = navigator.mediaDevices;
    const open = devices.getUserMedia.bind(devices);
    const asked: unknown[] = [];
    Object.assign(window, { asked });
    devices.getUserMedia = (constraints) => {
      asked.push((constraints as { video: MediaTrackConstraints }).video.facingMode);
      return open(constraints);
    };
  });
  await agree(page);
  await cameraOn(page);
  const rate = page.getByText(/^\d+\.\d\/s$/);
  await expect(rate).toHaveCount(0);
  await page.getByRole('button', { name: 'Show frames per second' }).click();
  await expect.poll(async () => Number.parseFloat((await rate.textContent()) ?? '0')).toBeGreaterThan(0.5);
  await expect(page.locator('video')).toHaveClass(/mirror/);

  await page.getByRole('button', { name: 'Other camera' }).click();
  await expect(page.getByRole('heading', { name: 'A happy expression' })).toBeVisible();
  // what is in front of it is not a mirror
  await expect(page.locator('video')).not.toHaveClass(/mirror/);
  await expect(rate).toBeVisible();
  expect(await page.evaluate(() => (window as unknown as { asked: unknown[] }).asked)).toEqual(['user', 'environment']);
  await page.getByRole('button', { name: 'Other camera' }).click();
  await expect(page.getByRole('heading', { name: 'A happy expression' })).toBeVisible();
  await expect(page.locator('video')).toHaveClass(/mirror/);
  await page.getByRole('button', { name: 'Show frames per second' }).click();
  await expect(rate).toHaveCount(0);
});
