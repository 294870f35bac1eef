// What the person writes down.
import { changes } from '../state/changes';
import { database, type Entry } from './store';

export async function addEntry(entry: Omit<Entry, 'id' | 'sent'>): Promise<void> {
  await (await database()).put('entries', { ...entry, tags: [...entry.tags], id: crypto.randomUUID(), sent: 0 });
  changes.notify();
}

export async function changeEntry(entry: Entry): Promise<void> {
  await (await database()).put('entries', { ...entry, tags: [...entry.tags], sent: 0 });
  changes.notify();
}

/** It stays, unseen, until the account has forgotten it too. */
export async function removeEntry(entry: Entry): Promise<void> {
  const db = await database();
  if (entry.sent) await db.put('entries', { ...entry, note: '', tags: [], deleted: true, sent: 0 });
  else await db.delete('entries', entry.id);
  changes.notify();
}
