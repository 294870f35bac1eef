// Songs that are never given again, as this device keeps them; `state/bans.ts` makes the account's list the same.
import { type Ban, database } from '../sinks/store';
import { nameOf } from './choose';

interface Called {
  id: string;
  artist: string;
  title: string;
}

export async function ban(song: Called): Promise<void> {
  const { id, title, artist } = song;
  await (await database()).put('bans', { name: nameOf(song), songId: id, title, artist, account: null });
}

/** Those that hold, by title. */
export async function bans(): Promise<Ban[]> {
  const all = await (await database()).getAll('bans');
  return all.filter((one) => !one.deleted).sort((a, b) => a.title.localeCompare(b.title));
}

export const isOf = (one: Ban, song: Called): boolean => one.songId === song.id || one.name === nameOf(song);

export async function banOf(song: Called): Promise<Ban | null> {
  return (await bans()).find((one) => isOf(one, song)) ?? null;
}

/**
 * The song may be given again. Its plays forget the word too: they may still be on their way to the account, and move
 * into another one. known: whether an account may hold the ban, so that it has to be told.
 */
export async function lift({ name, songId }: Ban, known: boolean): Promise<void> {
  const transaction = (await database()).transaction(['bans', 'plays'], 'readwrite');
  const kept = transaction.objectStore('bans');
  const now = await kept.get(name);
  if (now && known) await kept.put({ ...now, deleted: true });
  else await kept.delete(name);
  const plays = transaction.objectStore('plays');
  for (let cursor = await plays.openCursor(); cursor; cursor = await cursor.continue()) {
    const play = cursor.value;
    if (play.banned && (play.songId === songId || nameOf(play) === name))
      await cursor.update({ ...play, banned: false });
  }
  await transaction.done;
}
