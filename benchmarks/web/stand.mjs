// What bench.mjs and soak.mjs stand on: the real service, headless Chromium with the fake camera, and what they hold.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

export const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const { chromium } = createRequire(at('../../web/package.json'))('playwright');
const python =
  process.env.FEELING_PYTHON ?? (existsSync(at('../../.venv/bin/python')) ? at('../../.venv/bin/python') : 'python3');

export const wait = (ms) => new Promise((done) => setTimeout(done, ms));
export const round = (value) => Number(value.toFixed(2));

export function option(name, usual) {
  const place = process.argv.indexOf(`--${name}`);
  return place < 0 ? usual : process.argv[place + 1];
}

/** The service with the built client, on a database of its own; ready when this returns. */
export async function serve(port) {
  const service = spawn(python, [at('../../web/tests/e2e/serve.py'), String(port)], { stdio: 'ignore' });
  for (let i = 0; i < 100; i++) {
    const signal = AbortSignal.timeout(1000);
    if ((await fetch(`http://127.0.0.1:${port}/readyz`, { signal }).catch(() => null))?.ok) return service;
    await wait(200);
  }
  service.kill();
  throw new Error('The service does not start; build the client first (npm run build in web/).');
}

/** Chromium whose camera shows a smiling face, 640x480, 30 pictures a second. */
export function launch() {
  const film = at('../../web/.cache/smile.mjpeg');
  mkdirSync(dirname(film), { recursive: true });
  execFileSync(python, [at('../../web/scripts/fake_camera.py'), film]);
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--enable-precise-memory-info',
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      `--use-file-for-fake-video-capture=${film}`,
    ],
  });
}

/** A context in which consent was given. settings: as the client keeps them. */
export async function person(browser, settings) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, locale: 'en-GB' });
  await context.addInitScript((given) => {
    const consent = { version: '1', at: 1 };
    localStorage.setItem('feeling.settings', JSON.stringify({ consent, ...given }));
  }, settings);
  return context;
}

/** Turns the camera on; done when the smile is read. */
export async function cameraOn(page) {
  await page.getByRole('button', { name: 'Turn the camera on' }).click();
  await page.getByRole('heading', { name: 'A happy expression' }).waitFor({ timeout: 120_000 });
}

/** Reads the page's own measures. */
export async function gauge(context, page) {
  const cdp = await context.newCDPSession(page);
  await cdp.send('Performance.enable');
  const metric = async (name) => (await cdp.send('Performance.getMetrics')).metrics.find((one) => one.name === name).value;
  /** MiB of the JavaScript heap after a collection. */
  const heap = async () => {
    await cdp.send('HeapProfiler.collectGarbage');
    return (await metric('JSHeapUsedSize')) / 2 ** 20;
  };
  return { metric, heap };
}

/** MiB that all processes of the browser hold, shared pages counted once for each (Linux). */
export function resident(service) {
  const children = (pid) =>
    readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  const all = (pid) => [pid, ...children(pid).flatMap(all)];
  const size = (pid) => /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0;
  const own = children(process.pid).filter((pid) => pid !== String(service.pid));
  return own.flatMap(all).reduce((sum, pid) => sum + Number(size(pid)), 0) / 1024;
}
