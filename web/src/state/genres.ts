// The genres that are liked in each feeling: on this device, and in the account where there is one.
import { api, ask } from '../api/client';
import type { EmotionName } from '../labels';
import { account } from './account.svelte';
import { changes } from './changes';
import { forAll, saveSettings, settings } from './settings.svelte';

/** Ticked for all of these feelings, it is ticked for none of them afterwards, and else for all. */
export function toggleGenre(genre: number, feelings: EmotionName[]): void {
  const ticked = isTicked(genre, feelings);
  for (const name of feelings) {
    const others = settings.genres[name].filter((one) => one !== genre);
    settings.genres[name] = ticked ? others : [...others, genre].sort((a, b) => a - b);
  }
  settings.genresWait = account.me !== null;
  saveSettings();
  changes.notify();
}

export const isTicked = (genre: number, feelings: EmotionName[]): boolean =>
  feelings.every((name) => settings.genres[name].includes(genre));

export async function tellGenres(): Promise<void> {
  const genres = JSON.parse(JSON.stringify(settings.genres)) as typeof settings.genres;
  await ask(api.PUT('/api/v1/preferences', { body: { genres } }));
  // what was ticked while this was on its way is told next
  settings.genresWait = JSON.stringify(genres) !== JSON.stringify(settings.genres);
  settings.genresAccount = account.me?.id ?? null;
  saveSettings();
}

/** Those that another device ticked. An account that is new here and has none gets those of this device. */
export async function hearGenres(): Promise<void> {
  const { genres } = await ask(api.GET('/api/v1/preferences'));
  const none = !Object.values(genres).some((ticked) => ticked.length);
  if (settings.genresWait || (none && settings.genresAccount !== account.me?.id)) return tellGenres();
  settings.genres = { ...forAll([]), ...genres };
  settings.genresAccount = account.me?.id ?? null;
  saveSettings();
}
