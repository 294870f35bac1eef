// The engine as the page sees it: started when first needed, ended when it has been idle.
import { proxy, type Remote, transfer, wrap } from 'comlink';
import type { Face } from '../types';
import type { Backend } from './recognizer';
import type { Engine } from './worker';

const IDLE_SECONDS = 60;
/** Until then the first reading is more important than a faster one. */
const TRY_GPU_SECONDS = 20;
const BACKEND = 'feeling.backend';

export class VisionEngine {
  private worker: Worker | null = null;
  private remote: Remote<Engine> | null = null;
  private loading: Promise<void> | null = null;
  private idle: ReturnType<typeof setTimeout> | undefined;
  private trial: ReturnType<typeof setTimeout> | undefined;

  /** Loads the models unless they are there. Throws what the worker threw. */
  load(progress: (share: number) => void = () => {}): Promise<void> {
    clearTimeout(this.idle);
    this.trial = setTimeout(() => void this.tryGpu(), TRY_GPU_SECONDS * 1000);
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
    clearTimeout(this.trial);
    this.idle = setTimeout(() => this.stop(), IDLE_SECONDS * 1000);
  }

  stop(): void {
    clearTimeout(this.idle);
    clearTimeout(this.trial);
    this.worker?.terminate();
    this.worker = this.remote = this.loading = null;
  }

  private async start(progress: (share: number) => void): Promise<void> {
    this.worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    const broken = new Promise<never>((_, fail) => {
      this.worker?.addEventListener('error', (event) => fail(new Error(event.message || 'The engine did not start.')));
    });
    this.remote = wrap<Engine>(this.worker);
    const known = remembered() ?? 'wasm';
    await Promise.race([this.remote.load(`${location.origin}/`, known, proxy(progress)), broken]);
  }

  /** Once on a device whose browser has WebGPU; the answer is kept until the browser is another. */
  private async tryGpu(): Promise<void> {
    const { connection } = navigator as { connection?: { saveData?: boolean } };
    if (!this.remote || !('gpu' in navigator) || !navigator.onLine || connection?.saveData || remembered()) return;
    const backend = await this.remote.tryGpu().catch(() => null);
    if (backend) localStorage.setItem(BACKEND, JSON.stringify({ agent: navigator.userAgent, backend }));
  }
}

function remembered(): Backend | null {
  try {
    const kept = JSON.parse(localStorage.getItem(BACKEND) ?? '{}') as { agent?: string; backend?: Backend };
    return kept.agent === navigator.userAgent ? (kept.backend ?? null) : null;
  } catch {
    return null;
  }
}
