import { port } from '../../playwright.config';
import { agree, cameraOn, expect, newName, pass, register, rows, tab, test, touch } from './person';
import { unreliable } from './unreliable';

const DAY = 86_400_000;
const middle = unreliable(port, port + 1);
test.use({ baseURL: `http://127.0.0.1:${port + 1}` });
test.beforeAll(() => middle.open());
test.afterAll(() => middle.close());

interface There {
  spells: { id: string; start: string; emotion: string }[];
  entries: { id: string; at: string; emotion: string }[];
  plays: { title: string; at: string; emotion: string; liked: boolean | null }[];
}

test('three days offline are sent exactly once, also when answers get lost on the way', async ({ page, context }) => {
  test.slow();
  await page.clock.install({ time: Date.now() - 3 * DAY - 3_600_000 });
  await agree(page);
  await register(page, newName(), 'correct horse');
  await page.getByRole('button', { name: 'I have kept them' }).click();
  await page.evaluate(() => navigator.serviceWorker.ready);
  await tab(page, 'Now');
  await cameraOn(page);
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('region', { name: 'How do you feel?' }).waitFor();

  await context.setOffline(true);
  for (const [day, mood] of ['Happiness', 'Sadness', 'Fear'].entries()) {
    if (day) {
      await page.clock.fastForward(DAY);
      await page.reload();
    }
    await touch(page, mood);
    const song = page.getByRole('region', { name: 'Song' });
    await song.getByRole('button', { name: 'Like' }).click();
    await song.getByRole('button', { name: 'Close the song' }).click();
    if (day !== 1) {
      await page.getByRole('button', { name: day ? 'Turn the camera on' : 'Go on' }).click();
      await expect(page.getByRole('heading', { name: 'A happy expression' })).toBeVisible({ timeout: 40_000 });
      await pass(page, 12);
      await page.getByRole('button', { name: 'Pause' }).click();
    }
  }
  await expect.poll(async () => (await rows(page, 'spells')).length).toBe(2);
  const kept = {
    spells: await rows<{ id: string; start: number }>(page, 'spells'),
    entries: await rows<{ id: string; at: number }>(page, 'entries'),
    plays: await rows<{ title: string; at: number }>(page, 'plays'),
  };
  expect(kept.entries).toHaveLength(3);
  expect(kept.plays.length).toBeGreaterThanOrEqual(3);
  await tab(page, 'Me');
  await page.getByRole('button', { name: 'Open the account' }).click();
  const all = kept.spells.length + kept.entries.length + kept.plays.length;
  await expect(page.getByText(`Waiting to be sent: ${all}`)).toBeVisible();

  // twice for each kind the service keeps it and the device does not hear so; Chromium tries some once more by itself
  middle.lose(['/journal/spells', '/journal/entries/', '/journal/plays'], 2);
  await context.setOffline(false);
  await expect
    .poll(
      async () => {
        await page.clock.fastForward(61_000);
        return page.getByText('Everything is in your account.').isVisible();
      },
      { timeout: 60_000 },
    )
    .toBe(true);
  expect(middle.lost).toHaveLength(6);

  const there = {} as There;
  for (const kind of ['spells', 'entries', 'plays'] as const) {
    Object.assign(there, await (await page.request.get(`/api/v1/journal/${kind}`)).json());
  }
  const ms = (text: string) => Date.parse(text);
  const sorted = (values: number[]) => values.map(Math.round).sort((p, q) => p - q);
  expect(there.spells.map(({ id }) => id).sort()).toEqual(kept.spells.map(({ id }) => id).sort());
  expect(there.entries.map(({ id }) => id).sort()).toEqual(kept.entries.map(({ id }) => id).sort());
  expect(sorted(there.entries.map(({ at }) => ms(at)))).toEqual(sorted(kept.entries.map(({ at }) => at * 1000)));
  expect(there.entries.map(({ emotion }) => emotion)).toEqual(['happiness', 'sadness', 'fear']);
  expect(sorted(there.plays.map(({ at }) => ms(at)))).toEqual(sorted(kept.plays.map(({ at }) => at * 1000)));
  expect(there.plays.filter(({ liked }) => liked)).toHaveLength(3);
  // each on its day
  expect(ms(there.spells[1].start) - ms(there.spells[0].start)).toBeGreaterThan(1.9 * DAY);
});
