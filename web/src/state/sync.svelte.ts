// Sends what the journal holds to the account, oldest first, when there is one and the service answers. Each thing has
// an id of its own and is kept there once, so that what was sent without an answer can be sent again.
import { ApiError, api, ask, unlessGone } from '../api/client';
import { EMOTIONS } from '../labels';
import { database, type Entry, type KeptSpell, type Play } from '../sinks/store';
import { account } from './account.svelte';
import { syncBans, waitingBans } from './bans';
import { changes } from './changes';
import { preferencesWait, syncPreferences } from './preferences';
import { pull } from './pull';
import { consented, type Goal } from './settings.svelte';

const BATCH = 200;
const RETRY_SECONDS = 60;
/** Where something came up while an attempt was failing, such as the network coming back. */
const RETRY_SOON_SECONDS = 1;
const STORES = ['spells', 'entries', 'plays'] as const;

class Sync {
  /** How many wait to be sent. */
  waiting = $state(0);
  /** Whether the account's bans are those known here, as far as this device has a part in it. */
  private heard = false;
  private running = false;
  private wanted = false;
  private again: ReturnType<typeof setTimeout> | undefined;

  start(): void {
    changes.listen(() => void this.send());
    addEventListener('online', () => void this.send());
    void account.refresh().then(() => this.send());
    account.onSignIn = pull;
  }

  async send(): Promise<void> {
    // what is kept while this runs is sent right after
    this.wanted = true;
    if (this.running) return;
    this.running = true;
    clearTimeout(this.again);
    try {
      while (this.wanted) {
        this.wanted = false;
        const { me } = account;
        if (!me) break;
        await account.tellConsent();
        if (!consented()) break;
        await this.sendSpells();
        await this.sendEntries();
        await this.sendPlays();
        if (!this.heard || preferencesWait()) await syncPreferences();
        if (!this.heard || (await waitingBans(me.id))) await syncBans(me.id);
        this.heard = true;
      }
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) account.set(null);
      else {
        const seconds = this.wanted ? RETRY_SOON_SECONDS : RETRY_SECONDS;
        this.again = setTimeout(() => void this.send(), seconds * 1000);
      }
    } finally {
      this.running = false;
      await this.count();
    }
  }

  private async count(): Promise<void> {
    const db = await database();
    const counts = await Promise.all(STORES.map((name) => db.countFromIndex(name, 'sent', 0)));
    const bans = account.me ? await waitingBans(account.me.id) : 0;
    this.waiting = counts.reduce((sum, count) => sum + count, bans + Number(preferencesWait()));
  }

  private async sendSpells(): Promise<void> {
    const db = await database();
    for (;;) {
      const batch = await db.getAllFromIndex('spells', 'sent', 0, BATCH);
      if (!batch.length) return;
      for (const { id } of batch.filter((spell) => spell.deleted)) {
        await unlessGone(api.DELETE('/api/v1/journal/spells/{key}', { params: { path: { key: id } } }));
        await db.delete('spells', id);
      }
      const held = batch.filter((spell) => !spell.deleted);
      if (held.length) await ask(api.POST('/api/v1/journal/spells', { body: { spells: held.map(spellBody) } }));
      for (const { id, readEmotion, emotion } of held) {
        if (readEmotion === null) continue;
        const body = { emotion: EMOTIONS[emotion].name };
        await unlessGone(api.PATCH('/api/v1/journal/spells/{key}', { params: { path: { key: id } }, body }));
      }
      await markSent('spells', held);
    }
  }

  private async sendEntries(): Promise<void> {
    const db = await database();
    for (const entry of await db.getAllFromIndex('entries', 'sent', 0)) {
      const params = { path: { key: entry.id } };
      if (entry.deleted) {
        await unlessGone(api.DELETE('/api/v1/journal/entries/{key}', { params }));
        await db.delete('entries', entry.id);
      } else {
        await ask(api.PUT('/api/v1/journal/entries/{key}', { params, body: entryBody(entry) }));
        await markSent('entries', [entry]);
      }
    }
  }

  /** Of songs that the account gave it hears what became of them; those that the device gave move into it. */
  private async sendPlays(): Promise<void> {
    const db = await database();
    for (;;) {
      const batch = await db.getAllFromIndex('plays', 'sent', 0, BATCH);
      if (!batch.length) return;
      const own = batch.filter(({ number }) => number === null);
      if (own.length) await ask(api.POST('/api/v1/journal/plays', { body: { plays: own.map(playBody) } }));
      if (own.some(({ banned }) => banned)) this.heard = false;
      for (const play of batch) {
        if (play.number === null) continue;
        const request = { params: { path: { number: play.number } }, body: feedbackBody(play) };
        await unlessGone(api.PUT('/api/v1/journal/plays/{number}/feedback', request));
      }
      await markSent('plays', batch);
    }
  }
}

/** What has changed while it was on its way is sent once more. */
async function markSent(name: (typeof STORES)[number], rows: { id: string }[]): Promise<void> {
  const transaction = (await database()).transaction(name, 'readwrite');
  await Promise.all(
    rows.map(async (row) => {
      const now = await transaction.store.get(row.id);
      if (now && JSON.stringify(now) === JSON.stringify(row)) await transaction.store.put({ ...now, sent: 1 });
    }),
  );
  await transaction.done;
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

function playBody({ at, emotion, title, artist, goal, liked, skipped, played, banned }: Play) {
  const kind = EMOTIONS[emotion].name;
  return { at: iso(at), emotion: kind, title, artist, goal: goal as Goal, liked, skipped, played, banned };
}

function feedbackBody({ liked, skipped, played, banned, before, after, arousal = null }: Play) {
  const valence = before !== null && after !== null ? after - before : null;
  return { liked, skipped: skipped || null, played, banned: banned || null, valence, arousal };
}

export const sync = new Sync();
