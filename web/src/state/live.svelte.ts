// The one place where camera, engine, tracker and journal meet: the pipeline of the page.
import { CameraError, type CameraTrouble, closeCamera, type Facing, openCamera, watch } from '../camera/camera';
import { affect, argmax } from '../labels';
import { database } from '../sinks/store';
import { BASELINE_SECONDS, baselineOf, correct } from '../tracking/baseline';
import { Me } from '../tracking/me';
import { SpellMaker } from '../tracking/spells';
import { Tracker } from '../tracking/tracker';
import type { Face, Reading } from '../types';
import { VisionEngine } from '../vision/engine';
import { ModelError } from '../vision/models';
import { changes } from './changes';
import { saveSettings, settings } from './settings.svelte';

export type Trouble = CameraTrouble | 'model' | 'engine';
type Status = 'off' | 'starting' | 'running' | 'paused' | 'trouble';

/** With no limit on the rate, faces are looked for this often, and only read in between. */
const DETECT_SECONDS = 0.1;
const AFFECT_SECONDS = 20;

const engine = new VisionEngine();

class Live {
  status = $state<Status>('off');
  trouble = $state<Trouble | null>(null);
  /** Share of the model files that has arrived. */
  progress = $state(0);
  readings = $state.raw<Reading[]>([]);
  me = $state.raw<Reading | null>(null);
  /** Since when, by the page's clock in seconds, the shown emotion has been the same. */
  steadySince = $state(0);
  facing = $state<Facing>('user');
  fps = $state(0);
  /** The person's word against the model's: holds until the model reads something else. */
  override = $state<{ emotion: number; instead: number | null } | null>(null);
  /** Seconds left of taking the baseline, or null. */
  resting = $state<number | null>(null);

  private stream: MediaStream | null = null;
  private video: HTMLVideoElement | null = null;
  private unwatch: (() => void) | null = null;
  private tracker = new Tracker();
  private spells = new SpellMaker();
  private corrected: number | null = null;
  private own = new Me();
  private restReadings: Float32Array[] = [];
  private restUntil = 0;
  private times: number[] = [];
  private recent: { time: number; valence: number; arousal: number }[] = [];
  private generation = 0;

  /** The emotion that is shown for me: the person's word, else the steady label. */
  get emotion(): number | null {
    return this.override?.emotion ?? this.me?.label ?? null;
  }

  get steadySeconds(): number {
    return this.emotion === null ? 0 : performance.now() / 1000 - this.steadySince;
  }

  /** Mean valence and arousal of the last seconds, or null where nobody was read. */
  get affect(): { valence: number; arousal: number } | null {
    if (!this.recent.length) return null;
    const mean = (of: 'valence' | 'arousal') => this.recent.reduce((sum, one) => sum + one[of], 0) / this.recent.length;
    return { valence: mean('valence'), arousal: mean('arousal') };
  }

  async start(video: HTMLVideoElement): Promise<void> {
    const generation = ++this.generation;
    this.video = video;
    this.status = 'starting';
    this.trouble = null;
    try {
      const loading = engine.load((share) => {
        this.progress = share;
      });
      loading.catch(() => {}); // awaited below, after the camera has been asked for
      const stream = await openCamera(this.facing);
      if (generation !== this.generation) return closeCamera(stream);
      this.stream = stream;
      video.srcObject = stream;
      await video.play();
      stream.getVideoTracks()[0]?.addEventListener('ended', () => this.fail(new CameraError('busy')));
      await loading;
      if (generation !== this.generation) return;
      this.status = 'running';
      this.unwatch = watch(
        video,
        () => settings.rate,
        () => this.take(video),
      );
    } catch (error) {
      if (generation === this.generation) this.fail(error);
    }
  }

  private fail(error: unknown): void {
    this.end();
    this.status = 'trouble';
    this.trouble = error instanceof CameraError ? error.trouble : isModelError(error) ? 'model' : 'engine';
    if (this.trouble === 'engine') console.error(error);
  }

  pause(): void {
    this.end();
    this.status = 'paused';
  }

  stop(): void {
    this.end();
    this.status = 'off';
  }

  async turnAround(): Promise<void> {
    this.facing = this.facing === 'user' ? 'environment' : 'user';
    this.own.forget();
    const { video } = this;
    this.end();
    if (video) await this.start(video);
  }

  private end(): void {
    this.generation++;
    this.unwatch?.();
    this.unwatch = null;
    closeCamera(this.stream);
    this.stream = null;
    if (this.video) this.video.srcObject = null;
    engine.rest();
    this.finishSpell();
    this.readings = [];
    this.me = this.override = this.resting = null;
    this.recent = [];
    this.times = [];
    this.fps = 0;
  }

  private async take(video: HTMLVideoElement): Promise<void> {
    const generation = this.generation;
    try {
      const bitmap = await createImageBitmap(video);
      const time = performance.now() / 1000;
      const faces = await engine.read(bitmap, time, settings.rate ? 0 : DETECT_SECONDS);
      if (generation === this.generation) this.show(faces, time);
    } catch (error) {
      if (generation === this.generation) this.fail(error);
    }
  }

  private show(faces: Face[], time: number): void {
    const mine = this.own.find(faces, time);
    const before = this.emotion;
    const shown = faces.map((face) => (face === mine ? this.atRest(face) : face));
    this.readings = this.tracker.update(shown, time);
    this.me = mine ? this.readings[faces.indexOf(mine)] : null;
    if (this.override && this.me?.label !== this.override.instead) this.override = null;
    if (this.emotion !== before) this.steadySince = time;
    this.count(time);
    if (this.me) this.journal(this.me, time);
    this.rest(time);
  }

  choose(trackId: number): void {
    const reading = this.readings.find((one) => one.trackId === trackId);
    if (!reading) return;
    this.own.choose(reading.box, reading.time);
    this.override = null;
    this.finishSpell();
  }

  private atRest(face: Face): Face {
    if (!settings.baseline || this.resting !== null) return face;
    const probabilities = correct(face.probabilities, settings.baseline);
    const best = argmax(probabilities);
    return { ...face, probabilities, confidence: probabilities[best], emotion: face.unclear ? null : best };
  }

  /** The person says what it really is; the spell in the journal says so too. */
  correct(emotion: number): void {
    this.override = { emotion, instead: this.me?.label ?? null };
    this.steadySince = performance.now() / 1000;
  }

  takeBaseline(): void {
    settings.baseline = null;
    this.restReadings = [];
    this.resting = BASELINE_SECONDS;
    this.restUntil = performance.now() / 1000 + BASELINE_SECONDS;
  }

  private rest(time: number): void {
    if (this.resting === null) return;
    if (this.me && (this.me.unclear === null || this.me.unclear === 'unsure')) {
      this.restReadings.push(this.me.probabilities);
    } else {
      // nobody to be seen: the three seconds begin again
      this.restReadings = [];
      this.restUntil = time + BASELINE_SECONDS;
    }
    // the picture may be older than the wish
    this.resting = Math.min(BASELINE_SECONDS, Math.max(0, this.restUntil - time));
    if (this.resting > 0 || !this.restReadings.length) return;
    settings.baseline = baselineOf(this.restReadings);
    saveSettings();
    this.resting = null;
    this.tracker = new Tracker();
  }

  private count(time: number): void {
    this.times = [...this.times.filter((t) => time - t < 2), time];
    this.fps = this.times.length > 1 ? (this.times.length - 1) / (time - this.times[0]) : 0;
  }

  private journal(me: Reading, time: number): void {
    const now = Date.now() / 1000;
    const unclear = me.unclear !== null;
    if (!unclear) {
      const [valence, arousal] = affect(me.smoothed);
      this.recent = [...this.recent.filter((one) => time - one.time < AFFECT_SECONDS), { time, valence, arousal }];
    }
    if (this.override) this.corrected = me.label;
    const spell = this.spells.add({ time: now, label: this.emotion, probabilities: me.probabilities, unclear });
    if (spell) void this.keep(spell);
  }

  private finishSpell(): void {
    const spell = this.spells.end();
    if (spell) void this.keep(spell);
  }

  private async keep(spell: NonNullable<ReturnType<SpellMaker['end']>>): Promise<void> {
    const readEmotion = this.corrected !== null && this.corrected !== spell.emotion ? this.corrected : null;
    this.corrected = null;
    await (await database()).put('spells', { ...spell, readEmotion, sent: 0 });
    changes.notify();
  }
}

/** Errors cross from the worker as plain ones with the name kept. */
const isModelError = (error: unknown): boolean =>
  error instanceof ModelError || (error instanceof Error && error.name === 'ModelError');

export const live = new Live();
