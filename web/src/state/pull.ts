// What the account already holds, from other devices, comes to this one.
import { api, ask, type Schemas } from '../api/client';
import { BY_NAME, type EmotionName } from '../labels';
import { database, type Entry, type KeptSpell, type Play } from '../sinks/store';
import { account } from './account.svelte';
import { syncBans } from './bans';
import { syncPreferences } from './preferences';

const PULL_DAYS = 400;
const LIMIT = 500;

export async function pull(): Promise<void> {
  await syncPreferences();
  const db = await database();
  const from = new Date(Date.now() - PULL_DAYS * 86_400_000).toISOString();
  const page = (after?: number) => ({ params: { query: { from, limit: LIMIT, after } } });
  await everyPage(async (after) => {
    const { spells, next } = await ask(api.GET('/api/v1/journal/spells', page(after)));
    for (const spell of spells) if (!(await db.getKey('spells', spell.id))) await db.put('spells', keptSpell(spell));
    return next;
  });
  await everyPage(async (after) => {
    const { entries, next } = await ask(api.GET('/api/v1/journal/entries', page(after)));
    for (const entry of entries) if (!(await db.getKey('entries', entry.id))) await db.put('entries', keptEntry(entry));
    return next;
  });
  // songs have no id that both sides know before they are sent: their time tells them apart
  const known = new Set((await db.getAll('plays')).map(({ at }) => Math.round(at * 1000)));
  await everyPage(async (after) => {
    const { plays, next } = await ask(api.GET('/api/v1/journal/plays', page(after)));
    const numbers = new Set((await db.getAll('plays')).map(({ number }) => number));
    for (const play of plays)
      if (!numbers.has(play.id) && !known.has(Date.parse(play.at))) await db.put('plays', keptPlay(play));
    return next;
  });
  if (account.me) await syncBans(account.me.id);
}

async function everyPage(read: (after?: number) => Promise<number | null>): Promise<void> {
  for (let after = await read(); after !== null; after = await read(after));
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

function keptPlay(play: Schemas['PlayAnswer']): Play {
  return {
    id: `account-${play.id}`,
    at: seconds(play.at),
    emotion: indexOf(play.emotion),
    songId: play.song,
    title: play.title,
    artist: play.artist,
    goal: play.goal ?? 'match',
    liked: play.liked,
    skipped: play.skipped,
    banned: false,
    played: play.played,
    before: null,
    after: null,
    number: play.id,
    sent: 1,
  };
}
