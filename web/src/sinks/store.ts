// What is kept on this device: IndexedDB, one database.
import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { Spell } from '../tracking/spells';

/** times: epoch seconds. readEmotion: what the model read, where the person corrected it. sent: to the account. */
export interface KeptSpell extends Spell {
  readEmotion: number | null;
  sent: 0 | 1;
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
  /** Valence before and after, where the camera saw both. */
  before: number | null;
  after: number | null;
}

interface Schema extends DBSchema {
  spells: { key: string; value: KeptSpell; indexes: { start: number; sent: number } };
  entries: { key: string; value: Entry; indexes: { at: number; sent: number } };
  plays: { key: string; value: Play; indexes: { at: number } };
  bans: { key: string; value: { songId: string } };
}

let opened: Promise<IDBPDatabase<Schema>> | null = null;

export function database(): Promise<IDBPDatabase<Schema>> {
  opened ??= openDB<Schema>('feeling-manager', 1, {
    upgrade(db) {
      const spells = db.createObjectStore('spells', { keyPath: 'id' });
      spells.createIndex('start', 'start');
      spells.createIndex('sent', 'sent');
      const entries = db.createObjectStore('entries', { keyPath: 'id' });
      entries.createIndex('at', 'at');
      entries.createIndex('sent', 'sent');
      db.createObjectStore('plays', { keyPath: 'id' }).createIndex('at', 'at');
      db.createObjectStore('bans', { keyPath: 'songId' });
    },
  });
  return opened;
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
    spells: spells.filter((spell) => spell.end > from),
    entries: entries.filter((entry) => !entry.deleted),
    plays,
  };
}

export async function everything(): Promise<{ spells: KeptSpell[]; entries: Entry[]; plays: Play[] }> {
  return between(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
}

export async function eraseAll(): Promise<void> {
  const db = await database();
  await Promise.all((['spells', 'entries', 'plays', 'bans'] as const).map((name) => db.clear(name)));
}
