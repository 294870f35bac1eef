// The song that is offered and the one that plays. Nothing interrupts a playing song.
import { ApiError, api, ask } from '../api/client';
import { BY_NAME, type EmotionName } from '../labels';
import { newId } from '../sinks/id';
import { database, type Play } from '../sinks/store';
import { account } from '../state/account.svelte';
import { syncBans } from '../state/bans';
import { changes } from '../state/changes';
import { live } from '../state/live.svelte';
import { chooseGoal } from '../state/preferences';
import { type Goal, settings } from '../state/settings.svelte';
import { ban, banOf, bans, lift } from './bans';
import { choose, starterSongs } from './choose';
import { known, recommend, type Song } from './remote';

/** Seconds before the same feeling is offered another song unasked. */
const AGAIN_SECONDS = 180;
/** A song just given is not given again so soon. */
const REPEAT_SECONDS = 3 * 3600;
/** The service searches the video of a song when it first gives it: after so long the answer may be there. */
const VIDEO_SECONDS = [3, 10, 30];
/** Songs that the service may give before it has heard that they are not wanted. */
const MOST_UNHEARD = 5;

export interface Offer {
  play: Play;
  song: Song;
  emotion: EmotionName;
  /** Null where the feeling was picked by hand. */
  probabilities: number[] | null;
  goal: Goal;
  /** Of the face before it, where the camera saw one. */
  arousal: number | null;
}

class Player {
  offered = $state.raw<Offer | null>(null);
  playing = $state(false);
  empty = $state(false);
  /** The song that was just answered with "never again": a slip of the finger is taken back at once. */
  unwanted = $state.raw<Song | null>(null);
  private lastAt = Number.NEGATIVE_INFINITY;
  private lastEmotion: EmotionName | null = null;
  private busy = false;
  private looks: ReturnType<typeof setTimeout>[] = [];

  constructor() {
    addEventListener('online', () => void this.lookForVideo());
  }

  /** A song for a feeling that was read, unless one is playing or has just been given. */
  async offer(emotion: EmotionName, probabilities: number[]): Promise<void> {
    const now = performance.now() / 1000;
    if (this.lastEmotion === emotion && now - this.lastAt < AGAIN_SECONDS) return;
    await this.find(emotion, probabilities);
  }

  /** A song for a feeling that was picked by hand. */
  async askFor(emotion: EmotionName): Promise<void> {
    await this.find(emotion, null);
  }

  private async find(emotion: EmotionName, probabilities: number[] | null): Promise<void> {
    if (this.busy || this.playing) return;
    this.busy = true;
    this.unwanted = null;
    this.lastAt = performance.now() / 1000;
    this.lastEmotion = emotion;
    try {
      const goal = settings.goals[emotion];
      const song = (await fromService(emotion, probabilities, goal)) ?? (await fromStarter(emotion, goal));
      this.empty = !song;
      const arousal = live.affect?.arousal ?? null;
      this.offered = song && { play: playOf(song, emotion, goal), song, emotion, probabilities, goal, arousal };
      if (this.offered) {
        await (await database()).put('plays', this.offered.play);
        changes.notify();
      }
      this.looks.forEach(clearTimeout);
      this.looks = VIDEO_SECONDS.map((seconds) => setTimeout(() => void this.lookForVideo(), seconds * 1000));
    } finally {
      this.busy = false;
    }
  }

  private async lookForVideo(): Promise<void> {
    const { offered } = this;
    if (!offered || offered.song.play === null || this.playing || !navigator.onLine) return;
    if (offered.song.embedUrl || offered.song.audioUrl) return;
    // without an answer the link to a search does
    const now = await known(offered.song.id).catch(() => null);
    if (!now?.embedUrl || this.playing || this.offered?.play.id !== offered.play.id) return;
    this.offered = { ...this.offered, song: { ...offered.song, ...now } };
  }

  start(): void {
    this.playing = true;
  }

  /** The song has ended or was closed: what the face shows now is what it did. share: how much of it was heard. */
  async end(share: number | null = null): Promise<void> {
    const heard = this.playing;
    this.playing = false;
    this.unwanted = null;
    const now = heard ? live.affect : null;
    const before = this.offered?.arousal ?? null;
    await this.note({
      after: now?.valence ?? null,
      arousal: now && before !== null ? now.arousal - before : null,
      played: share ?? (heard ? 1 : 0),
    });
    this.offered = null;
  }

  async like(): Promise<void> {
    // taken back, it is neither liked nor disliked
    await this.note({ liked: this.offered?.play.liked ? null : true });
  }

  /** Another one for the same feeling. */
  async skip(change: Partial<Play> = {}): Promise<void> {
    const { offered } = this;
    if (!offered) return;
    await this.note({ ...change, skipped: true });
    this.playing = false;
    await this.find(offered.emotion, offered.probabilities);
  }

  async ban(): Promise<void> {
    const { offered } = this;
    if (!offered) return;
    await ban(offered.song);
    await this.skip({ banned: true });
    this.unwanted = offered.song;
  }

  async allow(): Promise<void> {
    const said = this.unwanted && (await banOf(this.unwanted));
    this.unwanted = null;
    if (said) await lift(said, said.account !== null || account.me !== null);
    changes.notify();
  }

  async aim(goal: Goal): Promise<void> {
    const { offered } = this;
    if (!offered || offered.goal === goal) return;
    chooseGoal(offered.emotion, goal);
    await this.skip();
  }

  /** Kept here at once; the account hears of it when it can be reached. */
  private async note(change: Partial<Play>): Promise<void> {
    const { offered } = this;
    if (!offered) return;
    const play: Play = { ...offered.play, ...change, sent: 0 };
    this.offered = { ...offered, play };
    await (await database()).put('plays', play);
    changes.notify();
  }
}

async function fromService(emotion: EmotionName, probabilities: number[] | null, goal: Goal): Promise<Song | null> {
  const { me } = account;
  if (!me || !navigator.onLine) return null;
  try {
    for (let i = 0; i < MOST_UNHEARD; i++) {
      const song = await recommend(emotion, probabilities, goal);
      // an account that holds the ban and gives the song all the same may have heard otherwise from another device
      if ((await banOf(song))?.account === me.id) await syncBans(me.id);
      if (!(await banOf(song))) return song;
      const request = { params: { path: { number: song.play! } }, body: { skipped: true, banned: true } };
      await ask(api.PUT('/api/v1/journal/plays/{number}/feedback', request));
    }
    return null;
  } catch (error) {
    if (error instanceof ApiError) return null;
    throw error;
  }
}

async function fromStarter(emotion: EmotionName, goal: Goal): Promise<Song | null> {
  const db = await database();
  const since = IDBKeyRange.lowerBound(Date.now() / 1000 - REPEAT_SECONDS);
  const [songs, unwanted, recent] = await Promise.all([
    starterSongs(),
    bans(),
    db.getAllFromIndex('plays', 'at', since),
  ]);
  const avoid = new Set([...unwanted.map(({ name }) => name), ...recent.map((play) => play.songId)]);
  const song = choose(songs, emotion, goal, settings.genres[emotion], avoid);
  if (!song) return null;
  const words = encodeURIComponent(`${song.artist} ${song.title}`);
  const watchUrl = `https://www.youtube.com/results?search_query=${words}`;
  return { ...song, watchUrl, embedUrl: null, audioUrl: null, reason: null, play: null };
}

function playOf(song: Song, emotion: EmotionName, goal: Goal): Play {
  return {
    id: newId(),
    at: Date.now() / 1000,
    emotion: BY_NAME[emotion].index,
    songId: song.id,
    title: song.title,
    artist: song.artist,
    goal,
    liked: null,
    skipped: false,
    banned: false,
    played: null,
    before: live.affect?.valence ?? null,
    after: null,
    number: song.play,
    // the account knows what it gave, and not yet what the device did
    sent: song.play === null ? 0 : 1,
  };
}

export const player = new Player();
