// What is kept on this device: IndexedDB, one database.
import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { Spell } from '../tracking/spells';
import { eraseDrafts } from './drafts';

/** times: epoch seconds. readEmotion: what the model read, where the person corrected it. sent: to the account. */
export interface KeptSpell extends Spell {
  readEmotion: number | null;
  sent: 0 | 1;
  /** Deleted here, not yet there. */
  deleted?: true;
}

export interface Entry {
  id: string;
  at: number;
  emotion: number | null;
  note: string;
  tags: string[];
  sent: 0 | 1;
  /** Deleted here, not yet there. */
  deleted?: true;
}

export interface Play {
  id: string;
  at: number;
  emotion: number;
  songId: string;
  title: string;
  artist: string;
  goal: string;
  liked: boolean | null;
  skipped: boolean;
  banned: boolean;
  /** Share that was heard, null where that is not known. */
  played: number | null;
  /** Valence before and after, where the camera saw both. */
  before: number | null;
  after: number | null;
  /** The change of arousal likewise, after less before. */
  arousal?: number | null;
  /** The account's number of it, null for a song that the device gave by itself. */
  number: number | null;
  sent: 0 | 1;
}

/** A song that is never to be given again, by what it is called. */
export interface Ban {
  name: string;
  /** The service's, or the name again where no service is known to have the song. */
  songId: string;
  title: string;
  artist: string;
  /** The account that is known to hold it. */
  account: number | null;
  /** Taken back here, not yet there. */
  deleted?: true;
}

export interface Reminder {
  /** Minutes since midnight, or null for none. */
  minute: number | null;
  title: string;
  text: string;
  /** The day of the last one, as `toDateString`. */
  shown: string;
}

interface Schema extends DBSchema {
  spells: { key: string; value: KeptSpell; indexes: { start: number; sent: number } };
  entries: { key: string; value: Entry; indexes: { at: number; sent: number } };
  plays: { key: string; value: Play; indexes: { at: number; sent: number } };
  bans: { key: string; value: Ban };
  /** What the service worker must know too. */
  reminder: { key: 'reminder'; value: Reminder };
}

let opened: Promise<IDBPDatabase<Schema>> | null = null;

export function database(): Promise<IDBPDatabase<Schema>> {
  opened ??= openDB<Schema>('feeling-manager', 3, {
    async upgrade(db, from, _, transaction) {
      if (from < 1) {
        const spells = db.createObjectStore('spells', { keyPath: 'id' });
        spells.createIndex('start', 'start');
        spells.createIndex('sent', 'sent');
        const entries = db.createObjectStore('entries', { keyPath: 'id' });
        entries.createIndex('at', 'at');
        entries.createIndex('sent', 'sent');
        db.createObjectStore('plays', { keyPath: 'id' }).createIndex('at', 'at');
      }
      if (from < 2) {
        const plays = transaction.objectStore('plays');
        plays.createIndex('sent', 'sent');
        for (let cursor = await plays.openCursor(); cursor; cursor = await cursor.continue()) {
          await cursor.update({ ...cursor.value, banned: false, played: null, number: null, sent: 0 });
        }
        db.createObjectStore('reminder');
      }
      if (from < 3) {
        const ids = from < 1 ? [] : await transaction.objectStore('bans').getAllKeys();
        const plays = await transaction.objectStore('plays').getAll();
        if (from >= 1) db.deleteObjectStore('bans');
        const bans = db.createObjectStore('bans', { keyPath: 'name' });
        for (const ban of bansOf(ids, plays)) await bans.put(ban);
      }
    },
    // an older page in another tab must not hold up this one
    blocking: (_current, _wanted, event) => (event.target as IDBDatabase).close(),
  });
  return opened;
}

/** Version 2 kept bans by id and by name, beside each other. */
function bansOf(ids: string[], plays: Play[]): Ban[] {
  const found = new Map<string, Ban>();
  for (const songId of ids) {
    const play = plays.find((one) => one.songId === songId);
    const [artist, ...title] = songId.split(' – ');
    const called = play ?? (title.length ? { artist, title: title.join(' – ') } : null);
    // an id that no song here has: the account, which it came from, says it again
    if (!called) continue;
    const name = `${called.artist} – ${called.title}`;
    const before = found.get(name)?.songId ?? name;
    const id = before === name ? songId : before;
    found.set(name, { name, songId: id, title: called.title, artist: called.artist, account: null });
  }
  return [...found.values()];
}

/** A day, a week: everything that began within [from, to), epoch seconds. A spell lasts five minutes at most. */
export async function between(
  from: number,
  to: number,
): Promise<{ spells: KeptSpell[]; entries: Entry[]; plays: Play[] }> {
  const db = await database();
  const range = IDBKeyRange.bound(from, to, false, true);
  const [spells, entries, plays] = await Promise.all([
    db.getAllFromIndex('spells', 'start', IDBKeyRange.bound(from - 300, to, false, true)),
    db.getAllFromIndex('entries', 'at', range),
    db.getAllFromIndex('plays', 'at', range),
  ]);
  return {
    spells: spells.filter((spell) => spell.end > from && !spell.deleted),
    entries: entries.filter((entry) => !entry.deleted),
    plays,
  };
}

export async function everything(): Promise<{ spells: KeptSpell[]; entries: Entry[]; plays: Play[] }> {
  return between(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
}

/** The account that held it is no more: another one that comes gets all of it. */
export async function unsend(): Promise<void> {
  const transaction = (await database()).transaction(['spells', 'entries', 'plays', 'bans'], 'readwrite');
  for (const name of ['spells', 'entries'] as const) {
    const store = transaction.objectStore(name);
    for (let cursor = await store.openCursor(); cursor; cursor = await cursor.continue()) {
      if (cursor.value.deleted) await cursor.delete();
      else await cursor.update({ ...cursor.value, sent: 0 } as never);
    }
  }
  const plays = transaction.objectStore('plays');
  for (let cursor = await plays.openCursor(); cursor; cursor = await cursor.continue()) {
    await cursor.update({ ...cursor.value, number: null, sent: 0 });
  }
  const bans = transaction.objectStore('bans');
  for (let cursor = await bans.openCursor(); cursor; cursor = await cursor.continue()) {
    if (cursor.value.deleted) await cursor.delete();
    else await cursor.update({ ...cursor.value, account: null });
  }
  await transaction.done;
}

export async function eraseAll(): Promise<void> {
  const db = await database();
  const stores = ['spells', 'entries', 'plays', 'bans', 'reminder'] as const;
  await Promise.all(stores.map((name) => db.clear(name)));
  eraseDrafts();
}
