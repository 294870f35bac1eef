// Where one is in the app, and what must not move, be lost or be said too often.
import { agree, cameraOn, expect, newName, pass, register, rows, tab, test, touch } from './person';

interface Kept {
  emotion: number | null;
  note: string;
}

test('a double tap keeps one feeling, nothing moves, and a change of mind replaces', async ({ page }) => {
  await agree(page);
  const moods = page.getByRole('region', { name: 'How do you feel?' });
  const happy = moods.getByRole('button', { name: 'Happiness' });
  const place = await happy.boundingBox();
  const [x, y] = [place!.x + place!.width / 2, place!.y + place!.height / 2];
  await page.mouse.click(x, y);
  await page.waitForTimeout(300);
  await page.mouse.click(x, y);
  await expect(page.getByText('Kept: Happiness.')).toBeVisible();
  expect(await happy.boundingBox()).toEqual(place);
  await expect.poll(() => rows<Kept>(page, 'entries')).toMatchObject([{ emotion: 1 }]);
  await moods.getByRole('button', { name: 'Sadness' }).click();
  await expect(page.getByText('Kept: Sadness.')).toBeVisible();
  expect(await rows<Kept>(page, 'entries')).toMatchObject([{ emotion: 3 }]);
  await moods.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(() => rows<Kept>(page, 'entries')).toEqual([]);
  expect(await happy.boundingBox()).toEqual(place);
});

test('a double tap in a sheet chooses once', async ({ page }) => {
  await agree(page);
  await tab(page, 'Journal');
  await page.getByRole('button', { name: 'Write a line' }).click();
  const fear = page.getByRole('dialog').getByRole('button', { name: 'Fear' });
  await fear.dblclick();
  await expect(fear).toHaveAttribute('aria-pressed', 'true');
  await page.waitForTimeout(600);
  await fear.click();
  await expect(fear).toHaveAttribute('aria-pressed', 'false');
});

test('what was typed is offered again after Escape, a reload and Back', async ({ page }) => {
  await agree(page);
  await tab(page, 'Journal');
  const write = page.getByRole('button', { name: 'Write a line' });
  const dialog = page.getByRole('dialog');
  await write.click();
  await dialog.getByLabel('Note').fill('It rained all day.');
  await dialog.getByRole('button', { name: 'home' }).click();
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await page.reload();
  await write.click();
  const draft = dialog.getByRole('group', { name: 'You began to write:' });
  await expect(draft).toContainText('It rained all day.');
  await draft.getByRole('button', { name: 'Go on writing' }).click();
  await expect(dialog.getByLabel('Note')).toHaveValue('It rained all day.');
  await expect(dialog.getByRole('button', { name: 'home' })).toHaveAttribute('aria-pressed', 'true');
  await dialog.getByLabel('Note').fill('It rained all day, and then it stopped.');
  await page.goBack();
  await tab(page, 'Journal');
  await write.click();
  await draft.getByRole('button', { name: 'Go on writing' }).click();
  await dialog.getByRole('button', { name: 'Keep' }).click();
  await expect(page.getByText('It rained all day, and then it stopped.')).toBeVisible();
  expect(await page.evaluate(() => localStorage.getItem('feeling.drafts'))).toBeNull();
  await write.click();
  await expect(draft).toHaveCount(0);
  // thrown away is gone
  await dialog.getByLabel('Note').fill('Nothing');
  await page.keyboard.press('Escape');
  await write.click();
  await draft.getByRole('button', { name: 'Throw it away' }).click();
  await expect(draft).toHaveCount(0);
  expect(await page.evaluate(() => localStorage.getItem('feeling.drafts'))).toBeNull();
});

test('a draft of one person is not offered to the next', async ({ page }) => {
  await agree(page);
  await register(page, newName(), 'correct horse');
  await page.getByRole('button', { name: 'I have kept them' }).click();
  await tab(page, 'Journal');
  await page.getByRole('button', { name: 'Write a line' }).click();
  await page.getByRole('dialog').getByLabel('Note').fill('Only mine');
  await page.keyboard.press('Escape');
  expect(await page.evaluate(() => localStorage.getItem('feeling.drafts'))).toContain('Only mine');
  await page.goto('/#/account');
  await page.getByRole('button', { name: 'Sign out' }).first().click();
  await expect.poll(() => page.evaluate(() => localStorage.getItem('feeling.drafts'))).toBeNull();
});

test('a form says its rules before, and its errors where the eye is', async ({ page }) => {
  await agree(page);
  await page.goto('/#/account');
  await page.getByRole('button', { name: 'Sign up' }).first().click();
  const first = page.getByLabel('Password', { exact: true });
  await expect(first).toHaveAccessibleDescription('At least 8 characters.');
  await page.getByLabel('User name').fill('somebody');
  await first.fill('short');
  await page.getByLabel('Password once more').fill('short');
  const send = page.locator('form').getByRole('button', { name: 'Sign up' }).last();
  await send.click();
  await expect(page.getByRole('alert')).toHaveText('The password needs at least 8 characters.');
  await expect(first).toBeFocused();
  await expect(first).toHaveAttribute('aria-invalid', 'true');
  await first.fill('long enough');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert')).toHaveText('The two passwords are not the same.');
  await expect(page.getByLabel('Password once more')).toBeFocused();
  await expect(first).not.toHaveAttribute('aria-invalid');
  await expect(page.getByLabel('Password once more')).toBeInViewport();
  // an error of no field is focused itself, and in view
  await page.route('**/api/v1/account', (route) => route.abort());
  await page.getByLabel('Password once more').fill('long enough');
  await send.click();
  await expect(page.getByRole('alert')).toHaveText(/^The service does not answer/);
  await expect(page.getByRole('alert')).toBeFocused();
  await expect(page.getByRole('alert')).toBeInViewport();
});

test('Back and a reload keep the place in the journal; title and focus follow', async ({ page }) => {
  await page.clock.install({ time: Date.UTC(2026, 5, 20, 3) });
  await agree(page);
  await expect(page).toHaveTitle('Now · Feeling Manager');
  await tab(page, 'Journal');
  const heading = page.getByRole('heading', { level: 1 });
  await expect(heading).toHaveText('Saturday 20 June');
  await expect(heading).toBeFocused();
  await expect(page).toHaveTitle('Saturday 20 June · Feeling Manager');
  await page.getByRole('button', { name: 'Month', exact: true }).click();
  await page.getByRole('button', { name: 'Previous' }).click();
  await expect(heading).toHaveText('May 2026');
  expect(new URL(page.url()).hash).toBe('#/journal/month/2026-05-20');
  await page.reload();
  await expect(heading).toHaveText('May 2026');
  await page.goBack();
  await expect(heading).toHaveText('June 2026');
  await page.goForward();
  await expect(heading).toHaveText('May 2026');
  await expect(page).toHaveTitle('May 2026 · Feeling Manager');
  for (const wrong of ['month/2026-02-31', 'month/2999-01-01', 'month/today', 'moon']) {
    await page.goto(`/#/journal/${wrong}`);
    await expect(heading).toHaveText(wrong.startsWith('month') ? 'June 2026' : 'Saturday 20 June');
  }
  await tab(page, 'Me');
  await expect(page.getByRole('heading', { level: 1, name: 'Me' })).toBeFocused();
  await expect(page).toHaveTitle('Me · Feeling Manager');
});

test('the camera reads on while the journal is open, and says so', async ({ page }) => {
  await page.clock.install();
  await agree(page);
  await cameraOn(page);
  await tab(page, 'Journal');
  await expect(page.getByText('The camera reads on.')).toBeVisible();
  await pass(page, 12);
  const face = page.locator('.face').first();
  const before = await face.getAttribute('style');
  await expect.poll(() => face.getAttribute('style')).not.toBe(before);
  await tab(page, 'Now');
  await expect(page.getByRole('heading', { name: 'A happy expression' })).toBeFocused();
  await expect(page.getByText('The camera reads on.')).toHaveCount(0);
  await tab(page, 'Journal');
  await page.getByRole('button', { name: 'Pause it' }).click();
  await expect(page.getByText('The camera reads on.')).toHaveCount(0);
  await expect.poll(async () => (await rows(page, 'spells')).length).toBe(1);
  await tab(page, 'Now');
  await expect(page.getByRole('button', { name: 'Turn the camera on' })).toBeVisible();
});

test('another language begins neither the song nor the page anew', async ({ page }) => {
  await agree(page);
  await touch(page, 'Happiness');
  const song = page.locator('section.player');
  await expect(song).toBeVisible();
  await song.evaluate((one) => one.setAttribute('data-same', ''));
  await tab(page, 'Me');
  await page.getByLabel('Another number').fill('02 123');
  await page.getByRole('button', { name: '한국어' }).click();
  await expect(page.getByRole('heading', { name: '나', exact: true })).toBeVisible();
  await expect(page.getByRole('region', { name: '노래' })).toHaveAttribute('data-same', '');
  await expect(page).toHaveTitle('나 · 필링 매니저');
  await expect(page.getByRole('navigation').getByRole('button', { name: '일지' })).toBeVisible();
});

test('screen readers hear the feeling and the song, at most once in five seconds', async ({ page }) => {
  await agree(page);
  await page.evaluate(() => {
    const heard: [number, string][] = [];
    Object.assign(window, { heard });
    new MutationObserver(() => {
      for (const one of document.querySelectorAll('p.hidden[role="status"]'))
        if (one.textContent && heard.at(-1)?.[1] !== one.textContent) heard.push([performance.now(), one.textContent]);
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  await cameraOn(page);
  await expect(page.getByRole('region', { name: 'Song' })).toBeVisible();
  await expect(page.locator('main [aria-live]')).toHaveCount(0);
  const heard = () => page.evaluate(() => (window as unknown as { heard: [number, string][] }).heard);
  await expect
    .poll(async () => (await heard()).map(([, text]) => text).join('|'))
    .toMatch(/A happy expression.*Song: /);
  await page.waitForTimeout(6000);
  const all = await heard();
  for (let i = 1; i < all.length; i++) expect(all[i][0] - all[i - 1][0]).toBeGreaterThan(4900);
  expect(all.filter(([, text]) => text.includes('A happy expression'))).toHaveLength(1);
  expect(all.some(([, text]) => /%/.test(text))).toBe(false);
});

test('the browser is asked to keep what somebody keeps, and only then', async ({ page }) => {
  await page.addInitScript(() => {
    Object.assign(window, { asked: 0 });
    navigator.storage.persist = async () => {
      (window as unknown as { asked: number }).asked++;
      return true;
    };
  });
  await page.goto('/');
  const asked = () => page.evaluate(() => (window as unknown as { asked: number }).asked);
  expect(await asked()).toBe(0);
  await agree(page);
  await touch(page, 'Happiness');
  await expect.poll(asked).toBe(1);
  await expect(page.getByText('Kept: Happiness.')).toBeVisible();
});
