// Songs that are never given again: by the service's id, and by name for when the starter catalogue has to do.
import { ApiError, api, ask } from '../api/client';
import { database } from '../sinks/store';
import { nameOf } from './choose';
import { known } from './remote';

export async function ban(song: { id: string; artist: string; title: string }): Promise<void> {
  const transaction = (await database()).transaction('bans', 'readwrite');
  await Promise.all([...new Set([song.id, nameOf(song)])].map((songId) => transaction.store.put({ songId })));
  await transaction.done;
}

export async function banned(song: { id: string; artist: string; title: string }): Promise<boolean> {
  const db = await database();
  return (await Promise.all([song.id, nameOf(song)].map((id) => db.getKey('bans', id)))).some(Boolean);
}

/** Those that another device has said. */
export async function pullBans(): Promise<void> {
  const db = await database();
  for (const id of (await ask(api.GET('/api/v1/bans'))).songs) {
    if (await db.getKey('bans', id)) continue;
    const song = await known(id).catch((error) => {
      // taken out of the catalogue since
      if (error instanceof ApiError && error.status === 404) return null;
      throw error;
    });
    if (song) await ban(song);
  }
}
