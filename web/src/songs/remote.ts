// Songs from the service, which knows what this person likes.
import { api, ask, type Schemas } from '../api/client';
import type { EmotionName } from '../labels';
import type { Goal } from '../state/settings.svelte';

/** play: the service's number of the recommendation, null for a song of the starter catalogue. */
export interface Song {
  id: string;
  title: string;
  artist: string;
  genre: number;
  watchUrl: string;
  embedUrl: string | null;
  audioUrl: string | null;
  reason: string | null;
  play: number | null;
}

export async function recommend(emotion: EmotionName, probabilities: number[] | null, goal: Goal): Promise<Song> {
  const body = { goal, videos_only: false, ...(probabilities ? { probabilities } : { emotion }) };
  const { song, reason, play } = await ask(api.POST('/api/v1/recommendations', { body }));
  return { ...songOf(song), reason, play };
}

/** The song as the service knows it now: its video may have been found since it was given. */
export async function known(id: string): Promise<Omit<Song, 'reason' | 'play'>> {
  return songOf(await ask(api.GET('/api/v1/songs/{song_id}', { params: { path: { song_id: id } } })));
}

function songOf(song: Schemas['SongAnswer']): Omit<Song, 'reason' | 'play'> {
  return {
    id: song.id,
    title: song.title,
    artist: song.artist,
    genre: song.genre,
    watchUrl: song.watch_url,
    embedUrl: song.embed_url,
    audioUrl: song.audio_url,
  };
}
