// What the person chose, kept on this device.
import { EMOTIONS, type EmotionName } from '../labels';

export type Goal = 'match' | 'lift' | 'calm';
export const CONSENT_VERSION = '1';

export interface Settings {
  consent: { version: string; at: number } | null;
  theme: 'auto' | 'light' | 'dark';
  /** Readings a second; 0 for no limit. */
  rate: number;
  showRate: boolean;
  goals: Record<EmotionName, Goal>;
  /** Those that the account has yet to hear of. */
  goalsWait: Partial<Record<EmotionName, Goal>>;
  /** Those that are ticked for each feeling; none means any. */
  genres: Record<EmotionName, number[]>;
  /** Whether the account has yet to hear of them. */
  genresWait: boolean;
  /** The account that goals and genres were last the same in. */
  preferencesAccount: number | null;
  baseline: number[] | null;
  country: string;
  /** The person's own help number; empty for that of the country. */
  helpNumber: string;
  helpLine: boolean;
}

const KEY = 'feeling.settings';

export function forAll(genres: number[]): Record<EmotionName, number[]> {
  return Object.fromEntries(EMOTIONS.map((e) => [e.name, [...genres]])) as Record<EmotionName, number[]>;
}

/** Those of a service that was not told otherwise. */
export const USUAL_GOALS: Record<EmotionName, Goal> = {
  neutral: 'match',
  happiness: 'match',
  surprise: 'match',
  sadness: 'match',
  anger: 'calm',
  disgust: 'calm',
  fear: 'calm',
  contempt: 'calm',
};

const DEFAULTS: Settings = {
  consent: null,
  theme: 'auto',
  rate: 10,
  showRate: false,
  goals: USUAL_GOALS,
  goalsWait: {},
  genres: forAll([]),
  genresWait: false,
  preferencesAccount: null,
  baseline: null,
  country: 'KR',
  helpNumber: '',
  helpLine: true,
};

function load(): Settings {
  const country = navigator.language.split('-')[1] ?? (navigator.language.startsWith('ko') ? 'KR' : 'US');
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Settings>;
    // once they were the same for every feeling
    const genres = Array.isArray(kept.genres) ? forAll(kept.genres) : { ...forAll([]), ...kept.genres };
    return { ...DEFAULTS, country, ...kept, genres, goals: { ...USUAL_GOALS, ...kept.goals } };
  } catch {
    return { ...DEFAULTS, genres: forAll([]), country };
  }
}

export const settings = $state(load());

export function saveSettings(): void {
  localStorage.setItem(KEY, JSON.stringify(settings));
}

export function resetSettings(): void {
  localStorage.removeItem(KEY);
  Object.assign(settings, load());
}

export const consented = (): boolean => settings.consent?.version === CONSENT_VERSION;
