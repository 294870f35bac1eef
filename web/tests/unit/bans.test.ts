import 'fake-indexeddb/auto';
import { openDB } from 'idb';
import { beforeEach, expect, test, vi } from 'vitest';
import type { Play } from '../../src/sinks/store';

const night = { id: 'song:1', title: '밤편지', artist: '아이유' };
const play = (id: string, song: { id: string; title: string; artist: string }, more: Partial<Play> = {}): Play => ({
  ...{ id, at: 1, emotion: 1, songId: song.id, title: song.title, artist: song.artist, goal: 'match', liked: null },
  ...{ skipped: true, banned: true, played: null, before: null, after: null, number: null, sent: 1 as const },
  ...more,
});

/** As a page that has just been opened. */
async function opened() {
  vi.resetModules();
  const [{ database }, songs] = await Promise.all([import('../../src/sinks/store'), import('../../src/songs/bans')]);
  return { db: await database(), ...songs };
}

beforeEach(async () => {
  const { db } = await opened();
  db.close();
  await new Promise((done) => {
    indexedDB.deleteDatabase('feeling-manager').onsuccess = done;
  });
});

test('a ban holds for the song by its id and by its name, until it is taken back', async () => {
  const { ban, banOf, bans, lift, db } = await opened();
  await ban(night);
  await ban({ id: 'b', title: 'B', artist: '' });
  expect((await bans()).map(({ title }) => title)).toEqual(expect.arrayContaining(['밤편지', 'B']));
  expect(await banOf({ ...night, id: '아이유 – 밤편지' })).toMatchObject({ songId: 'song:1', account: null });
  expect(await banOf({ ...night, title: '밤편지 (live)' })).not.toBeNull();
  expect(await banOf({ id: 'song:2', title: '밤편지', artist: 'IU' })).toBeNull();
  await lift((await banOf(night))!, false);
  expect(await banOf(night)).toBeNull();
  expect((await db.getAll('bans')).map(({ songId }) => songId)).toEqual(['b']);
});

test('taken back, it is in no play any more that an account could still hear of', async () => {
  const { ban, banOf, lift, db } = await opened();
  await ban(night);
  const other = { id: 'song:2', title: '봄날', artist: '방탄소년단' };
  await db.put('plays', play('a', night));
  await db.put('plays', play('b', { ...night, id: '아이유 – 밤편지' }, { sent: 0 }));
  await db.put('plays', play('c', other));
  await lift((await banOf(night))!, false);
  const kept = (await db.getAll('plays')).map(({ id, banned, sent }) => [id, banned, sent]);
  expect(kept).toEqual([
    ['a', false, 1],
    ['b', false, 0],
    ['c', true, 1],
  ]);
});

test('where an account may hold it, the word waits to be sent; said anew, it is a ban again', async () => {
  const { ban, banOf, bans, lift, db } = await opened();
  await ban(night);
  await lift((await banOf(night))!, true);
  expect(await bans()).toEqual([]);
  expect(await db.getAll('bans')).toMatchObject([{ songId: 'song:1', deleted: true }]);
  await ban(night);
  expect((await bans()).map(({ songId }) => songId)).toEqual(['song:1']);
});

test('an account that is no more holds none; what it had not heard of needs no word', async () => {
  const { ban, banOf, lift, db } = await opened();
  const { unsend } = await import('../../src/sinks/store');
  const other = { id: 'song:2', title: '봄날', artist: '방탄소년단' };
  await ban(night);
  await db.put('bans', { ...(await banOf(night))!, account: 7 });
  await ban(other);
  await lift((await banOf(other))!, true);
  await unsend();
  expect(await db.getAll('bans')).toMatchObject([{ songId: 'song:1', account: null }]);
});

test('bans of version 2 are kept, with the titles that plays and names tell', async () => {
  const old = await openDB('feeling-manager', 2, {
    upgrade(db) {
      for (const [name, index] of [
        ['spells', 'start'],
        ['entries', 'at'],
        ['plays', 'at'],
      ]) {
        const store = db.createObjectStore(name, { keyPath: 'id' });
        store.createIndex(index, index);
        store.createIndex('sent', 'sent');
      }
      db.createObjectStore('bans', { keyPath: 'songId' });
      db.createObjectStore('reminder');
    },
  });
  for (const songId of ['song:1', '아이유 – 밤편지', 'yt:abc', 'A – B – C', 'yt:def', ' – A video'])
    await old.put('bans', { songId });
  await old.put('plays', play('a', night, { number: 3 }));
  old.close();
  const { bans, db } = await opened();
  const found = (await bans()).map(({ songId, artist, title }) => [songId, artist, title]);
  expect(found).toHaveLength(3);
  expect(found).toEqual(
    expect.arrayContaining([
      ['song:1', '아이유', '밤편지'],
      ['A – B – C', 'A', 'B – C'],
      [' – A video', '', 'A video'],
    ]),
  );
  expect(await db.getAll('plays')).toEqual([play('a', night, { number: 3 })]);
});
