// A song for a feeling without any service: from the starter catalogue that comes with the Python package.
// Moods have places in valence and arousal (as mood.py has them); the goal says where to go; near songs are drawn.
import { EMOTIONS, type EmotionName } from '../labels';
import type { Goal } from '../state/settings.svelte';

export const GENRES = ['classic', 'jazz', 'pop', 'trot', 'idol', 'rock', 'ballad', 'game', 'hiphop', 'extra'] as const;

export interface LocalSong {
  id: string;
  title: string;
  artist: string;
  genre: number;
  moods: string[];
}

const PLACES: Record<string, [valence: number, arousal: number]> = {
  joy: [0.81, 0.51],
  sadness: [-0.63, -0.27],
  scariness: [-0.64, 0.6],
  relaxation: [0.68, -0.46],
  anxiety: [0.01, 0.59],
  'pumped up': [0.62, 0.75],
  amusement: [0.65, 0.4],
  eroticism: [0.45, 0.2],
  beauty: [0.6, -0.15],
  dreaminess: [0.35, -0.4],
  triumph: [0.6, 0.6],
  annoyance: [-0.5, 0.4],
  defiance: [-0.15, 0.65],
};

/** Where the song should be. Lift goes half of the way to joy, calm to relaxation. */
export function target(emotion: EmotionName, goal: Goal): [number, number] {
  const from = EMOTIONS.find((e) => e.name === emotion)!;
  if (goal === 'match') return [from.valence, from.arousal];
  const to = PLACES[goal === 'lift' ? 'joy' : 'relaxation'];
  return [(from.valence + to[0]) / 2, (from.arousal + to[1]) / 2];
}

/** Mean valence and arousal of the moods, null of none that is known. */
export function placeOf(moods: string[]): [number, number] | null {
  const places = moods.map((mood) => PLACES[mood]).filter(Boolean);
  if (!places.length) return null;
  const mean = (axis: 0 | 1) => places.reduce((sum, place) => sum + place[axis], 0) / places.length;
  return [mean(0), mean(1)];
}

/** Of a song of the starter catalogue: by what it is called, as it is known before any service is. */
export const nameOf = ({ artist, title }: { artist: string; title: string }): string => `${artist} – ${title}`;

export function parseCatalogue(tsv: string): LocalSong[] {
  const [head, ...lines] = tsv.trim().split(/\r?\n/);
  const columns = head.split('\t');
  return lines.map((line) => {
    const cells = line.split('\t');
    const cell = (name: string) => cells[columns.indexOf(name)] ?? '';
    const called = { title: cell('title'), artist: cell('artist') };
    return {
      ...called,
      id: nameOf(called),
      genre: GENRES.indexOf(cell('genre') as (typeof GENRES)[number]) + 1,
      moods: cell('moods').split(';').filter(Boolean),
    };
  });
}

/**
 * One of the songs near the target, nearer ones more often. genres: those that are liked, none for all. avoid: banned
 * or just played. Null where nothing is left.
 */
export function choose(
  songs: LocalSong[],
  emotion: EmotionName,
  goal: Goal,
  genres: number[],
  avoid: Set<string>,
  random: () => number = Math.random,
): LocalSong | null {
  const [valence, arousal] = target(emotion, goal);
  const left = songs.filter((song) => !avoid.has(song.id) && (!genres.length || genres.includes(song.genre)));
  if (!left.length) return null;
  const weights = left.map(({ moods }) => {
    const place = placeOf(moods);
    if (!place) return 1e-6;
    const [v, a] = place;
    return Math.exp(-((v - valence) ** 2 + (a - arousal) ** 2) / (2 * 0.25 ** 2));
  });
  let at = random() * weights.reduce((sum, weight) => sum + weight, 0);
  const index = weights.findIndex((weight) => {
    at -= weight;
    return at < 0;
  });
  return left[index < 0 ? left.length - 1 : index];
}

export async function starterSongs(): Promise<LocalSong[]> {
  const { default: tsv } = await import('../../../src/feeling_manager/music/starter.tsv?raw');
  return parseCatalogue(tsv);
}
