// What is read of the person now: whose face, which feeling, and what they say of it.
import { affect, argmax } from '../labels';
import { BASELINE_SECONDS, correct } from '../tracking/baseline';
import { Me } from '../tracking/me';
import { Recent } from '../tracking/recent';
import { RestingFace } from '../tracking/resting';
import { Tracker } from '../tracking/tracker';
import type { Face, Reading } from '../types';
import { Camera } from './camera.svelte';
import { saveSettings, settings } from './settings.svelte';
import { SpellKeeper } from './spells';

const AFFECT_SECONDS = 20;
const RATE_SECONDS = 2;

class Live {
  readings = $state.raw<Reading[]>([]);
  me = $state.raw<Reading | null>(null);
  /** Whether a picture has been read since the camera was turned on. */
  looked = $state(false);
  /** Since when, by the page's clock in seconds, the shown emotion has been the same. */
  steadySince = $state(0);
  fps = $state(0);
  /** The person's word against the model's: holds until the model reads something else. */
  override = $state<{ emotion: number; instead: number | null } | null>(null);
  /** Seconds left of taking the baseline, or null. */
  resting = $state<number | null>(null);

  readonly camera = new Camera(
    (faces, time) => this.show(faces, time),
    () => this.end(),
  );
  private tracker = new Tracker();
  private readonly own = new Me();
  private readonly spells = new SpellKeeper();
  private rest: RestingFace | null = null;
  private readonly times = new Recent<true>(RATE_SECONDS);
  private readonly recent = new Recent<{ valence: number; arousal: number }>(AFFECT_SECONDS);

  /** The emotion that is shown for me: the person's word, else the steady label. */
  get emotion(): number | null {
    return this.override?.emotion ?? this.me?.label ?? null;
  }

  get steadySeconds(): number {
    return this.emotion === null ? 0 : performance.now() / 1000 - this.steadySince;
  }

  /** Mean valence and arousal of the last seconds, or null where nobody was read. */
  get affect(): { valence: number; arousal: number } | null {
    const { values } = this.recent;
    if (!values.length) return null;
    const mean = (of: 'valence' | 'arousal') => values.reduce((sum, one) => sum + one[of], 0) / values.length;
    return { valence: mean('valence'), arousal: mean('arousal') };
  }

  async turnAround(): Promise<void> {
    this.own.forget();
    await this.camera.turnAround();
  }

  choose(trackId: number): void {
    const reading = this.readings.find((one) => one.trackId === trackId);
    if (!reading) return;
    this.own.choose(reading.box, reading.time);
    this.override = null;
    this.spells.end();
  }

  /** The person says what it really is; the spell in the journal says so too. */
  correct(emotion: number): void {
    this.override = { emotion, instead: this.me?.label ?? null };
    this.steadySince = performance.now() / 1000;
  }

  takeBaseline(): void {
    settings.baseline = null;
    this.resting = BASELINE_SECONDS;
    this.rest = new RestingFace(performance.now() / 1000);
  }

  private end(): void {
    this.spells.end();
    this.readings = [];
    this.me = this.override = this.rest = this.resting = null;
    this.looked = false;
    this.recent.clear();
    this.times.clear();
    this.fps = 0;
  }

  private show(faces: Face[], time: number): void {
    const mine = this.own.find(faces, time);
    const before = this.emotion;
    const shown = faces.map((face) => (face === mine ? this.atRest(face) : face));
    this.readings = this.tracker.update(shown, time);
    this.me = mine ? this.readings[faces.indexOf(mine)] : null;
    this.looked = true;
    if (this.override && this.me?.label !== this.override.instead) this.override = null;
    if (this.emotion !== before) this.steadySince = time;
    this.times.add(time, true);
    this.fps = this.times.rate;
    if (this.me) this.keep(this.me, time);
    this.learn(time);
  }

  private keep(me: Reading, time: number): void {
    if (me.unclear === null) {
      const [valence, arousal] = affect(me.smoothed);
      this.recent.add(time, { valence, arousal });
    }
    this.spells.add(me, this.emotion, this.override !== null);
  }

  private atRest(face: Face): Face {
    if (!settings.baseline || this.rest) return face;
    const probabilities = correct(face.probabilities, settings.baseline);
    const best = argmax(probabilities);
    return { ...face, probabilities, confidence: probabilities[best], emotion: face.unclear ? null : best };
  }

  private learn(time: number): void {
    if (!this.rest) return;
    const clear = this.me && (this.me.unclear === null || this.me.unclear === 'unsure');
    this.resting = this.rest.add(clear ? this.me!.probabilities : null, time);
    if (!clear || this.resting > 0) return;
    settings.baseline = this.rest.factors;
    saveSettings();
    this.rest = this.resting = null;
    this.tracker = new Tracker();
  }
}

export const live = new Live();
