// From probabilities to words: what people read instead of figures, as in Python. The table is the contract's.
import contract from '../../contracts/phrases.json';
import { EMOTIONS, type Emotion, type EmotionName } from './labels';

export type Level = 'clear' | 'mostly' | 'half' | 'unsure';
type Lang = 'en' | 'ko';

/** two: the other candidate, where it is named. */
export interface Phrase {
  level: Level;
  one: Emotion;
  two: Emotion | null;
}

const { thresholds } = contract;

/** The words for eight probabilities. unsure: no emotion is read from the face, for the model is not sure. */
export function phrase(probabilities: ArrayLike<number>, unsure = false): Phrase {
  const [one, two] = [...EMOTIONS].sort((a, b) => probabilities[b.index] - probabilities[a.index] || a.index - b.index);
  const highest = probabilities[one.index];
  if (unsure) return { level: 'unsure', one, two };
  if (highest >= thresholds.clear) return { level: 'clear', one, two: null };
  if (highest < thresholds.mostly && probabilities[two.index] >= thresholds.half) return { level: 'half', one, two };
  if (highest < thresholds.least) return { level: 'unsure', one, two };
  return { level: 'mostly', one, two: null };
}

/** A few words, for labels. */
export const short = (found: Phrase, lang: Lang): string => text(found, 'short', lang);
/** For reading: who it is stands before. */
export const sentence = (found: Phrase, lang: Lang): string => text(found, 'sentence', lang);

function text({ level, one, two }: Phrase, kind: 'short' | 'sentence', lang: Lang): string {
  const words = contract.words[lang];
  return words[kind][level]
    .replace('{one}', words.looks[one.name as EmotionName])
    .replace('{two}', two ? words.looks[two.name as EmotionName] : '')
    .replace('{seems}', words.seems[one.name as EmotionName]);
}
