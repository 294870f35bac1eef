// What the person writes down, and says of what was read.
import { account } from '../state/account.svelte';
import { changes } from '../state/changes';
import { newId } from './id';
import { database, type Entry, type KeptSpell } from './store';

export async function addEntry(said: Omit<Entry, 'id' | 'sent'>): Promise<Entry> {
  const entry: Entry = { ...said, tags: [...said.tags], id: newId(), sent: 0 };
  await (await database()).put('entries', entry);
  changes.notify();
  return entry;
}

export async function changeEntry(entry: Entry): Promise<void> {
  await (await database()).put('entries', { ...entry, tags: [...entry.tags], sent: 0 });
  changes.notify();
}

/** It stays, unseen, until the account has forgotten it too. */
export async function removeEntry(entry: Entry): Promise<void> {
  const db = await database();
  // whether it has been sent is known here only: it may be on its way
  if (entry.sent || account.me) await db.put('entries', { ...entry, note: '', tags: [], deleted: true, sent: 0 });
  else await db.delete('entries', entry.id);
  changes.notify();
}

export async function correctSpell(spell: KeptSpell, emotion: number): Promise<void> {
  const readEmotion = spell.readEmotion ?? spell.emotion;
  await (await database()).put('spells', { ...spell, emotion, readEmotion, sent: 0 });
  changes.notify();
}

/** As an entry. */
export async function removeSpell(spell: KeptSpell): Promise<void> {
  const db = await database();
  if (spell.sent || account.me) await db.put('spells', { ...spell, deleted: true, sent: 0 });
  else await db.delete('spells', spell.id);
  changes.notify();
}
