import { randomUUID } from 'node:crypto';
import { agree, expect, newName, put, register, rows, spellOf, tab, test } from './person';

const HOUR = 3600;
/** Epoch seconds of a day of June 2026, by the clock of Seoul. */
const june = (day: number, hour: number) => Date.UTC(2026, 5, day, hour - 9) / 1000;
const playOf = (at: number, goal: string, before: number, after: number) => ({
  ...{ id: randomUUID(), at, emotion: 3, songId: 'x', title: 'Tune', artist: 'Band', goal, liked: null },
  ...{ skipped: false, banned: false, played: 1, before, after, number: null, sent: 0 },
});

test('month and year: what was seen, the line of mood, what music did', async ({ page }) => {
  await page.clock.install({ time: june(20, 12) * 1000 });
  await agree(page);
  await put(page, 'spells', [
    ...[1, 2, 3].map((day) => spellOf(1, june(day, 10))),
    spellOf(3, june(4, 9)),
    spellOf(3, june(4, 9) + 300),
    spellOf(1, june(4, 20)),
    // over midnight into the fifth, which it colours
    spellOf(6, june(5, 0) - 60, 240),
    spellOf(0, june(20, 9)),
    // of another month
    spellOf(4, june(-20, 9)),
  ]);
  await put(page, 'plays', [
    playOf(june(1, 10), 'lift', -0.5, 0.1),
    playOf(june(2, 10), 'lift', -0.3, 0.1),
    playOf(june(4, 9) + HOUR, 'calm', 0.2, 0.1),
  ]);
  await tab(page, 'Journal');
  await page.getByRole('button', { name: 'Month', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('June 2026');
  await expect(page.getByRole('button', { name: '4 June, Sadness, 16 min', exact: true })).toBeVisible();
  await expect(page.getByRole('button', { name: '5 June, Fear, 3 min', exact: true })).toBeVisible();
  await expect(page.getByRole('button', { name: '6 June, nothing', exact: true })).toBeVisible();
  await expect(page.getByRole('button', { name: '21 June, nothing', exact: true })).toBeDisabled();
  for (const line of [/^Happiness\s*3 d$/, /^Sadness\s*1 d$/, /^Fear\s*1 d$/, /^Neutral\s*1 d$/]) {
    await expect(page.getByRole('listitem').filter({ hasText: line })).toBeVisible();
  }
  await expect(page.getByRole('img', { name: /^Line of valence/ }).locator('circle')).toHaveCount(6);
  await expect(
    page.getByText('After music your expression was brighter by 0.30 on a scale from −1 to 1 (songs: 3).'),
  ).toBeVisible();
  await expect(page.getByText('Lift +0.50 (2) · Calm -0.10 (1)')).toBeVisible();

  await page.getByRole('button', { name: 'Year', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('2026');
  await expect(page.getByText('44 min seen this year')).toBeVisible();
  // a point for each week, and weeks of a year begin on its first day, a Thursday: 7 and 28 May, 4 and 18 June
  await expect(page.getByRole('img', { name: /^Line of valence/ }).locator('circle')).toHaveCount(4);
  await expect(
    page.getByText('After music your expression was brighter by 0.30 on a scale from −1 to 1 (songs: 3).'),
  ).toBeVisible();
  await expect(page.getByRole('button', { name: '11 May: Anger', exact: true })).toBeVisible();
  await page.getByRole('button', { name: '4 June: Sadness', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Thursday 4 June');
  await expect(page.getByText('16 min seen')).toBeVisible();
  await page.getByRole('button', { name: 'Month', exact: true }).click();
  await page.getByRole('button', { name: 'Previous' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('May 2026');
  await expect(page.getByRole('button', { name: '11 May, Anger, 5 min', exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByRole('button', { name: 'Next' }).isDisabled();
});

test('what was read is corrected and deleted, before it is sent and after', async ({ page }) => {
  const now = Date.now() / 1000;
  const today = new Date(now * 1000 + 9 * HOUR * 1000);
  const midnight = now - (today.getUTCHours() * 3600 + today.getUTCMinutes() * 60 + today.getUTCSeconds());
  const [first, second, third] = [0, 10, 20].map((minutes) => spellOf(3, midnight + minutes, 5));
  await agree(page);
  await put(page, 'spells', [first, second, third]);
  await tab(page, 'Journal');
  await page.locator('summary', { hasText: 'Sadness' }).click();
  const edit = page.getByRole('button', { name: /^Correct or delete/ });
  await expect(edit).toHaveCount(3);
  await edit.first().click();
  const sheet = page.getByRole('dialog', { name: 'What was it?' });
  await expect(sheet.getByText(/read as Sadness/)).toBeVisible();
  await expect(sheet.getByRole('button', { name: 'Sadness' })).toHaveAttribute('aria-pressed', 'true');
  await sheet.getByRole('button', { name: 'Surprise' }).click();
  await expect(sheet).toHaveCount(0);
  await expect(page.locator('summary', { hasText: 'Surprise' })).toBeVisible();
  await edit.first().click();
  await sheet.getByRole('button', { name: 'Delete' }).click();
  // the corrected one has moved to the others of its kind
  await expect(edit).toHaveCount(1);
  const kept = await rows<{ id: string; emotion: number; readEmotion: number | null }>(page, 'spells');
  expect(kept).toHaveLength(2);
  expect(kept.find(({ id }) => id === first.id)).toMatchObject({ emotion: 2, readEmotion: 3 });

  // an account gets it so, and hears of what is changed later
  await register(page, newName(), 'correct horse');
  const there = async () => {
    const answer = await page.request.get('/api/v1/journal/spells');
    const { spells } = (await answer.json()) as { spells: { emotion: string; read_emotion: string | null }[] };
    return spells.map(({ emotion, read_emotion }) => [emotion, read_emotion]);
  };
  await expect.poll(there).toEqual([
    ['surprise', 'sadness'],
    ['sadness', null],
  ]);
  await tab(page, 'Journal');
  await page.locator('summary', { hasText: 'Surprise' }).click();
  await edit.first().click();
  await sheet.getByRole('button', { name: 'Sadness' }).click();
  await expect.poll(there).toEqual([
    ['sadness', null],
    ['sadness', null],
  ]);
  await expect(page.locator('summary', { hasText: 'Surprise' })).toHaveCount(0);
  await page.locator('summary', { hasText: 'Sadness' }).click();
  await edit.first().click();
  await sheet.getByRole('button', { name: 'Delete' }).click();
  await expect.poll(there).toHaveLength(1);
  await expect.poll(async () => (await rows(page, 'spells')).length).toBe(1);
});

test('feelings picked by hand fill week, month and year without a camera', async ({ page }) => {
  await page.clock.install({ time: june(20, 12) * 1000 });
  await agree(page);
  const entryOf = (emotion: number | null, at: number) => ({
    id: randomUUID(),
    at,
    emotion,
    note: '',
    tags: [],
    sent: 0,
  });
  await put(page, 'entries', [
    entryOf(3, june(16, 9)),
    entryOf(1, june(16, 10)),
    entryOf(1, june(16, 11)),
    entryOf(6, june(18, 9)),
    entryOf(null, june(18, 10)),
    // the face colours the day, the moment stands beside it
    entryOf(3, june(19, 10)),
  ]);
  await put(page, 'spells', [spellOf(1, june(19, 9))]);
  await page.goto('/#/journal/week');
  await expect(page.getByText('5 min seen this week · Picked by hand: 5')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Tuesday 16 June: Happiness, Picked by hand: 3' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Thursday 18 June: Fear, Picked by hand: 1' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Friday 19 June: Happiness, 5 min, Picked by hand: 1' })).toBeVisible();
  await expect(page.locator('.dots b')).toHaveCount(5);
  await expect(page.getByRole('img', { name: /^Line of valence/ }).locator('circle')).toHaveCount(3);
  await page.getByRole('button', { name: 'Month', exact: true }).click();
  await expect(page.getByRole('button', { name: '16 June, Happiness, Picked by hand: 3, Notes: 3' })).toBeVisible();
  await page.getByRole('button', { name: 'Year', exact: true }).click();
  await expect(page.getByText('5 min seen this year · Picked by hand: 5')).toBeVisible();
  await page.getByRole('button', { name: '16 June: Happiness, Picked by hand: 3' }).click();
  await expect(page.getByText('Happiness picked by hand: 2')).toBeVisible();
  await expect(page.getByText('Sadness picked by hand: 1')).toBeVisible();
});
