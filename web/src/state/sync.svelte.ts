// Sends what the journal holds to the account, oldest first, when there is one and the service answers. Each spell has
// an id of its own and is kept there once, so that what was sent without an answer can be sent again.
import { ApiError, api, ask, type Schemas } from '../api/client';
import { BY_NAME, EMOTIONS, type EmotionName } from '../labels';
import { database, type Entry, type KeptSpell } from '../sinks/store';
import { account } from './account.svelte';
import { changes } from './changes';

const BATCH = 200;
const RETRY_SECONDS = 60;
const PULL_DAYS = 400;

class Sync {
  /** How many wait to be sent. */
  waiting = $state(0);
  private running = false;
  private again: ReturnType<typeof setTimeout> | undefined;

  start(): void {
    changes.listen(() => void this.send());
    addEventListener('online', () => void this.send());
    void account.refresh().then(() => this.send());
    account.onSignIn = () => this.pull();
  }

  async send(): Promise<void> {
    if (this.running) return;
    this.running = true;
    clearTimeout(this.again);
    try {
      if (account.me) {
        await this.sendSpells();
        await this.sendEntries();
      }
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) account.set(null);
      else this.again = setTimeout(() => void this.send(), RETRY_SECONDS * 1000);
    } finally {
      this.running = false;
      await this.count();
    }
  }

  /** What the account already holds, from other devices, comes to this one. */
  async pull(): Promise<void> {
    const db = await database();
    const from = iso(Date.now() / 1000 - PULL_DAYS * 86400);
    for (let after: number | undefined; ; ) {
      const query = { from, limit: 500, after };
      const page = await ask(api.GET('/api/v1/journal/spells', { params: { query } }));
      for (const spell of page.spells)
        if (!(await db.getKey('spells', spell.id))) await db.put('spells', keptSpell(spell));
      if (page.next === null) break;
      after = page.next;
    }
    for (let after: number | undefined; ; ) {
      const query = { from, limit: 500, after };
      const page = await ask(api.GET('/api/v1/journal/entries', { params: { query } }));
      for (const entry of page.entries)
        if (!(await db.getKey('entries', entry.id))) await db.put('entries', keptEntry(entry));
      if (page.next === null) break;
      after = page.next;
    }
  }

  private async count(): Promise<void> {
    const db = await database();
    this.waiting = (await db.countFromIndex('spells', 'sent', 0)) + (await db.countFromIndex('entries', 'sent', 0));
  }

  private async sendSpells(): Promise<void> {
    const db = await database();
    for (;;) {
      const batch = await db.getAllFromIndex('spells', 'sent', 0, BATCH);
      if (!batch.length) return;
      await ask(api.POST('/api/v1/journal/spells', { body: { spells: batch.map(spellBody) } }));
      for (const { id, readEmotion, emotion } of batch.filter((spell) => spell.readEmotion !== null)) {
        if (readEmotion === null) continue;
        const body = { emotion: EMOTIONS[emotion].name };
        await ask(api.PATCH('/api/v1/journal/spells/{key}', { params: { path: { key: id } }, body }));
      }
      const transaction = db.transaction('spells', 'readwrite');
      await Promise.all(batch.map((spell) => transaction.store.put({ ...spell, sent: 1 })));
      await transaction.done;
    }
  }

  private async sendEntries(): Promise<void> {
    const db = await database();
    for (const entry of await db.getAllFromIndex('entries', 'sent', 0)) {
      const params = { path: { key: entry.id } };
      if (entry.deleted) {
        await ask(api.DELETE('/api/v1/journal/entries/{key}', { params })).catch((error) => {
          if (!(error instanceof ApiError && error.status === 404)) throw error;
        });
        await db.delete('entries', entry.id);
      } else {
        await ask(api.PUT('/api/v1/journal/entries/{key}', { params, body: entryBody(entry) }));
        await db.put('entries', { ...entry, sent: 1 });
      }
    }
  }
}

const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();

/** What the model read goes first; a correction follows, so that the account knows both. */
function spellBody(spell: KeptSpell) {
  return {
    id: spell.id,
    start: iso(spell.start),
    end: iso(spell.end),
    emotion: EMOTIONS[spell.readEmotion ?? spell.emotion].name,
    probabilities: spell.probabilities.map((p) => Math.min(Math.max(p, 0), 1)),
    readings: spell.readings,
    unclear_share: spell.unclearShare,
  };
}

function entryBody({ at, emotion, note, tags }: Entry) {
  return { at: iso(at), emotion: emotion === null ? null : EMOTIONS[emotion].name, note, tags: { other: tags } };
}

const seconds = (time: string): number => Date.parse(time) / 1000;
const indexOf = (name: string): number => BY_NAME[name as EmotionName].index;

function keptSpell(spell: Schemas['SpellAnswer']): KeptSpell {
  return {
    id: spell.id,
    start: seconds(spell.start),
    end: seconds(spell.end),
    emotion: indexOf(spell.emotion),
    readEmotion: spell.read_emotion === null ? null : indexOf(spell.read_emotion),
    probabilities: spell.probabilities,
    readings: spell.readings,
    unclearShare: spell.unclear_share,
    sent: 1,
  };
}

function keptEntry({ id, at, emotion, note, tags }: Schemas['EntryAnswer']): Entry {
  const index = emotion === null ? null : indexOf(emotion);
  return { id, at: seconds(at), emotion: index, note, tags: Object.values(tags).flat(), sent: 1 };
}

export const sync = new Sync();
