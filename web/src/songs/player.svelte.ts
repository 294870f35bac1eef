// The song that is offered and the one that plays. Nothing interrupts a playing song.
import { BY_NAME, type EmotionName } from '../labels';
import { database, type Play } from '../sinks/store';
import { live } from '../state/live.svelte';
import { type Goal, settings } from '../state/settings.svelte';
import { choose, type LocalSong, starterSongs } from './choose';

/** Seconds before the same feeling is offered another song unasked. */
const AGAIN_SECONDS = 180;
/** A song just given is not given again so soon. */
const REPEAT_SECONDS = 3 * 3600;

export interface Offer {
  play: Play;
  song: LocalSong;
  emotion: EmotionName;
  probabilities: number[];
  goal: Goal;
}

class Player {
  offered = $state.raw<Offer | null>(null);
  playing = $state(false);
  empty = $state(false);
  private lastAt = Number.NEGATIVE_INFINITY;
  private lastEmotion: EmotionName | null = null;
  private busy = false;

  /** A song for this feeling, unless one is playing or has just been given. asked: the person wants one now. */
  async offer(emotion: EmotionName, probabilities: number[], asked = false): Promise<void> {
    if (this.busy || this.playing) return;
    const now = performance.now() / 1000;
    if (!asked && this.lastEmotion === emotion && now - this.lastAt < AGAIN_SECONDS) return;
    this.busy = true;
    this.lastAt = now;
    this.lastEmotion = emotion;
    try {
      await this.find(emotion, probabilities);
    } finally {
      this.busy = false;
    }
  }

  private async find(emotion: EmotionName, probabilities: number[]): Promise<void> {
    const goal = settings.goals[emotion];
    const db = await database();
    const [songs, bans, recent] = await Promise.all([
      starterSongs(),
      db.getAllKeys('bans'),
      db.getAllFromIndex('plays', 'at', IDBKeyRange.lowerBound(Date.now() / 1000 - REPEAT_SECONDS)),
    ]);
    const avoid = new Set([...bans, ...recent.map((play) => play.songId)]);
    const song = choose(songs, emotion, goal, settings.genres, avoid);
    this.empty = !song;
    if (!song) {
      this.offered = null;
      return;
    }
    const play: Play = {
      id: crypto.randomUUID(),
      at: Date.now() / 1000,
      emotion: BY_NAME[emotion].index,
      songId: song.id,
      title: song.title,
      artist: song.artist,
      goal,
      liked: null,
      skipped: false,
      before: live.valence,
      after: null,
    };
    this.offered = { play, song, emotion, probabilities, goal };
    await db.put('plays', play);
  }

  start(): void {
    this.playing = true;
  }

  /** The song has ended or was closed: what the face shows now is what it did. */
  async end(): Promise<void> {
    this.playing = false;
    await this.note({ after: live.valence });
    this.offered = null;
  }

  async like(): Promise<void> {
    await this.note({ liked: this.offered?.play.liked ? null : true });
  }

  async skip(): Promise<void> {
    const before = this.offered;
    await this.note({ skipped: true, after: this.playing ? live.valence : null });
    this.playing = false;
    if (before) await this.find(before.emotion, before.probabilities);
  }

  async ban(): Promise<void> {
    const { offered } = this;
    if (!offered) return;
    await (await database()).put('bans', { songId: offered.song.id });
    await this.skip();
  }

  async aim(goal: Goal): Promise<void> {
    const { offered } = this;
    if (!offered) return;
    settings.goals[offered.emotion] = goal;
    await this.note({ skipped: true });
    await this.find(offered.emotion, offered.probabilities);
  }

  private async note(change: Partial<Play>): Promise<void> {
    if (!this.offered) return;
    const play = { ...this.offered.play, ...change };
    this.offered = { ...this.offered, play };
    await (await database()).put('plays', play);
  }
}

export const player = new Player();
