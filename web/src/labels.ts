import contract from '../../contracts/labels.json';

export interface Emotion {
  index: number;
  /** On the wire of the service. */
  id: number;
  name: EmotionName;
  colour: string;
  valence: number;
  arousal: number;
}

export type EmotionName = 'neutral' | 'happiness' | 'surprise' | 'sadness' | 'anger' | 'disgust' | 'fear' | 'contempt';

/** In the order of the model's output. */
export const EMOTIONS = contract.emotions as Emotion[];
export const BY_NAME = Object.fromEntries(EMOTIONS.map((e) => [e.name, e])) as Record<EmotionName, Emotion>;
export const BY_ID = new Map(EMOTIONS.map((e) => [e.id, e]));

/** Valence and arousal, the probability-weighted sum of the emotions' coordinates. */
export function affect(probabilities: ArrayLike<number>): [valence: number, arousal: number] {
  let valence = 0;
  let arousal = 0;
  for (const e of EMOTIONS) {
    valence += probabilities[e.index] * e.valence;
    arousal += probabilities[e.index] * e.arousal;
  }
  return [valence, arousal];
}

/** Index of the greatest value, the first of equals. */
export function argmax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}
