// Which genres are liked in each feeling, and what a song should do in it: on this device, and in the account where
// there is one.
import { api, ask } from '../api/client';
import { EMOTIONS, type EmotionName } from '../labels';
import { account } from './account.svelte';
import { changes } from './changes';
import { forAll, type Goal, saveSettings, settings, USUAL_GOALS } from './settings.svelte';
import { inTurn } from './turn';

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

/** It waits for an account where there is none. */
export function chooseGoal(feeling: EmotionName, goal: Goal): void {
  settings.goals[feeling] = goal;
  settings.goalsWait = { ...settings.goalsWait, [feeling]: goal };
  saveSettings();
  changes.notify();
}

export const preferencesWait = (): boolean => settings.genresWait || Object.keys(settings.goalsWait).length > 0;

export const syncPreferences = inTurn(compare);

/** Into an account that was just made here go this device's genres, also where none is ticked. */
export function bringPreferences(): Promise<void> {
  settings.genresWait = true;
  return syncPreferences();
}

/** What was not chosen here last is heard. An account that is new here and in which none are chosen gets this device's. */
async function compare(): Promise<void> {
  const { genres, goals } = await ask(api.GET('/api/v1/preferences'));
  if (settings.preferencesAccount !== account.me?.id) {
    settings.genresWait ||= !Object.values(genres).some((ticked) => ticked.length);
    if (EMOTIONS.every(({ name }) => goals[name] === USUAL_GOALS[name])) settings.goalsWait = { ...settings.goals };
  }
  if (!settings.genresWait) settings.genres = { ...forAll([]), ...genres };
  Object.assign(settings.goals, goals, settings.goalsWait);
  settings.preferencesAccount = account.me?.id ?? null;
  saveSettings();
  if (preferencesWait()) await tell();
}

async function tell(): Promise<void> {
  const genres = JSON.parse(JSON.stringify(settings.genres)) as typeof settings.genres;
  const goals = { ...settings.goalsWait };
  await ask(api.PUT('/api/v1/preferences', { body: settings.genresWait ? { genres, goals } : { goals } }));
  // what was chosen while this was on its way is told next
  settings.genresWait &&= JSON.stringify(genres) !== JSON.stringify(settings.genres);
  const waiting = Object.entries(settings.goalsWait).filter(([name, goal]) => goals[name as EmotionName] !== goal);
  settings.goalsWait = Object.fromEntries(waiting);
  saveSettings();
}
