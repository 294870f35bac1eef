import { beforeEach, expect, test, vi } from 'vitest';

/** As a page is opened on a device that has kept this. */
async function opened(kept: object | null) {
  vi.resetModules();
  vi.stubGlobal('localStorage', { getItem: () => (kept ? JSON.stringify(kept) : null) });
  vi.stubGlobal('navigator', { language: 'ko-KR' });
  vi.stubGlobal('$state', <T>(value: T) => value);
  return (await import('../../src/state/settings.svelte')).settings;
}
beforeEach(() => vi.unstubAllGlobals());

test('genres that were the same for every feeling stay ticked for each, and each has its own', async () => {
  const settings = await opened({ genres: [2, 3], goals: { anger: 'lift' } });
  expect(settings.genres.happiness).toEqual([2, 3]);
  expect(Object.keys(settings.genres)).toHaveLength(8);
  settings.genres.happiness.push(4);
  expect(settings.genres.sadness).toEqual([2, 3]);
  expect(settings.goals).toMatchObject({ anger: 'lift', fear: 'calm' });
});

test('kept by feeling, they are as they were; a device that kept nothing likes any', async () => {
  expect((await opened({ genres: { fear: [7] } })).genres).toMatchObject({ fear: [7], anger: [] });
  expect(Object.values((await opened(null)).genres).flat()).toEqual([]);
});
