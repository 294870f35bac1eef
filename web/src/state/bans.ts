// The songs that are never given again, here and in the account. The account hears of a ban from the play that ended in
// it; here it hears of those that were taken back, and of those that no play of its own tells it.
import { api, ask, type Schemas, unlessGone } from '../api/client';
import { type Ban, database } from '../sinks/store';
import { isOf, lift } from '../songs/bans';
import { nameOf } from '../songs/choose';
import { inTurn } from './turn';

export const syncBans = inTurn(compare);

/** Whether there is something to tell. */
export async function waitingBans(account: number): Promise<number> {
  const all = await (await database()).getAll('bans');
  return all.filter((ban) => ban.deleted || (ban.account !== account && ban.songId !== ban.name)).length;
}

async function compare(account: number): Promise<void> {
  const { songs } = await ask(api.GET('/api/v1/bans'));
  const kept = await (await database()).getAll('bans');
  for (const ban of kept)
    await settle(
      ban,
      songs.filter((song) => isOf(ban, song)),
      account,
    );
  for (const song of songs) {
    if (kept.some((ban) => isOf(ban, song))) continue;
    const { id, title, artist } = song;
    await replace(null, { name: nameOf(song), songId: id, title, artist, account });
  }
}

/** there: the songs of the account's list that it means. */
async function settle(ban: Ban, there: Schemas['SongAnswer'][], account: number): Promise<void> {
  if (ban.deleted) {
    for (const { id } of there)
      await unlessGone(api.DELETE('/api/v1/bans/{song_id}', { params: { path: { song_id: id } } }));
    await replace(ban, null);
  } else if (there.length) {
    await replace(ban, { ...ban, songId: there[0].id, account });
  } else if (ban.account === account) {
    // taken back on another device
    await lift(ban, false);
  } else if (ban.songId !== ban.name) {
    const request = api.PUT('/api/v1/bans/{song_id}', { params: { path: { song_id: ban.songId } } });
    const told = await unlessGone(request);
    await replace(ban, told ? { ...ban, account } : { ...ban, songId: ban.name });
  }
}

/** Unless it has changed while it was on its way. */
async function replace(before: Ban | null, after: Ban | null): Promise<void> {
  const { name } = (before ?? after)!;
  const transaction = (await database()).transaction('bans', 'readwrite');
  const now = (await transaction.store.get(name)) ?? null;
  if (JSON.stringify(now) === JSON.stringify(before)) {
    if (after) await transaction.store.put(after);
    else await transaction.store.delete(name);
  }
  await transaction.done;
}
