// The engine as the page sees it: started when first needed, ended when it has been idle.
import { proxy, type Remote, transfer, wrap } from 'comlink';
import type { Face } from '../types';
import type { Engine } from './worker';

const IDLE_SECONDS = 60;

export class VisionEngine {
  private worker: Worker | null = null;
  private remote: Remote<Engine> | null = null;
  private loading: Promise<void> | null = null;
  private idle: ReturnType<typeof setTimeout> | undefined;

  /** Loads the models unless they are there. Throws what the worker threw. */
  load(progress: (share: number) => void = () => {}): Promise<void> {
    clearTimeout(this.idle);
    this.loading ??= this.start(progress).catch((error) => {
      this.stop();
      throw error;
    });
    return this.loading;
  }

  async read(bitmap: ImageBitmap, time: number, detectEvery: number): Promise<Face[]> {
    if (!this.remote) throw new Error('The engine has not been loaded.');
    return this.remote.read(transfer(bitmap, [bitmap]), time, detectEvery);
  }

  /** Nothing to do for now: the memory is given back after a while. */
  rest(): void {
    clearTimeout(this.idle);
    this.idle = setTimeout(() => this.stop(), IDLE_SECONDS * 1000);
  }

  stop(): void {
    clearTimeout(this.idle);
    this.worker?.terminate();
    this.worker = this.remote = this.loading = null;
  }

  private async start(progress: (share: number) => void): Promise<void> {
    this.worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    const broken = new Promise<never>((_, fail) => {
      this.worker?.addEventListener('error', (event) => fail(new Error(event.message || 'The engine did not start.')));
    });
    this.remote = wrap<Engine>(this.worker);
    await Promise.race([this.remote.load(`${location.origin}/`, proxy(progress)), broken]);
  }
}
