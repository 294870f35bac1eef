// The camera of the page and what reads it: on, off, paused, or why not. What its pictures mean is for `live`.
import { CameraError, type CameraTrouble, closeCamera, type Facing, openCamera, watch } from '../camera/camera';
import type { Face } from '../types';
import { VisionEngine } from '../vision/engine';
import { ModelError } from '../vision/models';
import { settings } from './settings.svelte';

export type Trouble = CameraTrouble | 'model' | 'engine';
type Status = 'off' | 'starting' | 'running' | 'paused' | 'trouble';

/** With no limit on the rate, faces are looked for this often, and only read in between. */
const DETECT_SECONDS = 0.1;

const engine = new VisionEngine();

export class Camera {
  status = $state<Status>('off');
  trouble = $state<Trouble | null>(null);
  /** Share of the model files that has arrived. */
  progress = $state(0);
  facing = $state<Facing>('user');

  private stream: MediaStream | null = null;
  private video: HTMLVideoElement | null = null;
  private unwatch: (() => void) | null = null;
  private generation = 0;

  /** show: takes the faces of each picture. ended: no more will come. */
  constructor(
    private readonly show: (faces: Face[], time: number) => void,
    private readonly ended: () => void,
  ) {}

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
    const { video } = this;
    this.end();
    if (video) await this.start(video);
  }

  private fail(error: unknown): void {
    this.end();
    this.status = 'trouble';
    this.trouble = error instanceof CameraError ? error.trouble : isModelError(error) ? 'model' : 'engine';
    if (this.trouble === 'engine') console.error(error);
  }

  private end(): void {
    this.generation++;
    this.unwatch?.();
    this.unwatch = null;
    closeCamera(this.stream);
    this.stream = null;
    if (this.video) this.video.srcObject = null;
    engine.rest();
    this.ended();
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
}

/** Errors cross from the worker as plain ones with the name kept. */
const isModelError = (error: unknown): boolean =>
  error instanceof ModelError || (error instanceof Error && error.name === 'ModelError');
