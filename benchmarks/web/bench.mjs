// The web client in headless Chromium: frames a second with the rate limit off, the detector alone in the same run, time
// to the first reading, bytes of the first and the second visit, memory over time. Build first (npm run build in web/):
//
//     node benchmarks/web/bench.mjs [--minutes 10] [--rate 0] [--out results.json]
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect, createServer } from 'node:net';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const { chromium } = createRequire(at('../../web/package.json'))('playwright');
const option = (name, usual) => {
  const place = process.argv.indexOf(`--${name}`);
  return place < 0 ? usual : process.argv[place + 1];
};
const minutes = Number(option('minutes', '10'));
const rate = Number(option('rate', '0'));
const python =
  process.env.FEELING_PYTHON ?? (existsSync(at('../../.venv/bin/python')) ? at('../../.venv/bin/python') : 'python3');
const port = 4175;
const base = `http://127.0.0.1:${port + 1}`;
const film = at('../../web/.cache/face.mjpeg');

execFileSync(python, [at('../../web/scripts/fake_camera.py'), film]);
const service = spawn(python, [at('../../web/tests/e2e/serve.py'), String(port)], { stdio: 'ignore' });
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

let bytes = 0;
/** In front of the service, to count what it sends: pages, workers and service workers alike. */
const counter = createServer((browser) => {
  const upstream = connect(port, '127.0.0.1');
  upstream.on('data', (chunk) => {
    bytes += chunk.length;
  });
  browser.pipe(upstream).pipe(browser);
  browser.on('error', () => upstream.destroy());
  upstream.on('error', () => browser.destroy());
});

async function open(context) {
  const page = await context.newPage();
  const start = performance.now();
  await page.goto(base);
  return { page, start };
}

async function read(page, start) {
  await page.getByRole('button', { name: 'Turn the camera on' }).click();
  await page.getByRole('heading', { name: 'A happy expression' }).waitFor({ timeout: 120_000 });
  return (performance.now() - start) / 1000;
}

/** Median milliseconds of one look of the detector at a picture without a face: engine and page of their own. */
async function detectorAlone(context) {
  const page = await context.newPage();
  await page.goto(`${base}/manifest.webmanifest`);
  const name = readdirSync(at('../../web/dist/assets')).find((file) => /^worker-.*\.js$/.test(file));
  const median = await page.evaluate(async (script) => {
    const worker = new Worker(script, { type: 'module' });
    const call = (method, args, transfer = []) =>
      new Promise((done, fail) => {
        const id = `${method}${Math.random()}`;
        worker.addEventListener('message', function hear({ data }) {
          if (data.id !== id) return;
          worker.removeEventListener('message', hear);
          if (data.name === 'throw') fail(new Error(data.value.value?.message));
          else done(data.value);
        });
        // as comlink speaks
        worker.postMessage({ id, type: 'APPLY', path: [method], argumentList: args }, transfer);
      });
    const raw = (value) => ({ type: 'RAW', value });
    const { port1, port2 } = new MessageChannel();
    port1.start();
    await call('load', [raw(`${location.origin}/`), raw('wasm'), { type: 'HANDLER', name: 'proxy', value: port2 }], [port2]);
    const canvas = new OffscreenCanvas(640, 480);
    canvas.getContext('2d').fillRect(0, 0, 640, 480);
    const taken = [];
    for (let i = 0; i < 43; i++) {
      const bitmap = await createImageBitmap(canvas);
      const start = performance.now();
      await call('read', [raw(bitmap), raw(i), raw(0)], [bitmap]);
      if (i > 2) taken.push(performance.now() - start);
    }
    worker.terminate();
    return taken.sort((p, q) => p - q)[20];
  }, `/assets/${name}`);
  await page.close();
  return median;
}

async function ready() {
  const signal = AbortSignal.timeout(1000);
  return (await fetch(`http://127.0.0.1:${port}/readyz`, { signal }).catch(() => null))?.ok;
}

async function measure() {
  await new Promise((done) => counter.listen(port + 1, '127.0.0.1', done));
  for (let i = 0; i < 100 && !(await ready()); i++) await wait(200);
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--enable-precise-memory-info',
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      `--use-file-for-fake-video-capture=${film}`,
    ],
  });
  try {
    const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, locale: 'en-GB' });
    await context.addInitScript((rate) => {
      const consent = { version: '1', at: 1 };
      localStorage.setItem('feeling.settings', JSON.stringify({ consent, rate, showRate: true }));
    }, rate);
    const server = await tally(async () => {
      const first = await open(context);
      return { ...first, seconds: await read(first.page, first.start) };
    });
    const { page } = server.result;
    await page.waitForTimeout(5000);
    const cdp = await context.newCDPSession(page);
    await cdp.send('Performance.enable');
    const metric = async (name) => (await cdp.send('Performance.getMetrics')).metrics.find((one) => one.name === name).value;
    const busyBefore = await metric('TaskDuration');
    const rates = [];
    for (let i = 0; i < 10; i++) {
      await page.waitForTimeout(1000);
      rates.push(Number.parseFloat((await page.getByText(/^\d+\.\d\/s$/).textContent()) ?? '0'));
    }
    const busy = ((await metric('TaskDuration')) - busyBefore) / 10;
    const memory = [];
    const heap = async () => {
      await cdp.send('HeapProfiler.collectGarbage');
      return (await metric('JSHeapUsedSize')) / 2 ** 20;
    };
    for (let i = 0; i <= minutes; i++) {
      memory.push({ minute: i, heapMiB: round(await heap()), residentMiB: round(resident()) });
      if (i < minutes) await page.waitForTimeout(60_000);
    }
    await page.close();
    const alone = await detectorAlone(context);
    const again = await tally(async () => {
      const second = await open(context);
      return { ...second, seconds: await read(second.page, second.start) };
    });
    rates.sort((p, q) => p - q);
    return {
      machine: { cores: cpus().length, load: loadavg()[0], chromium: browser.version() },
      camera: '640x480',
      framesPerSecond: { median: rates[5], least: rates[0], most: rates[9] },
      detectorAloneMs: round(alone),
      timesTheDetectorAlone: round((rates[5] * alone) / 1000),
      pageBusyShare: round(busy),
      firstReadingSeconds: {
        first: Number(server.result.seconds.toFixed(2)),
        second: Number(again.result.seconds.toFixed(2)),
      },
      kilobytes: { first: Math.round(server.bytes / 1000), second: Math.round(again.bytes / 1000) },
      memory,
    };
  } finally {
    await browser.close();
  }
}

const round = (value) => Number(value.toFixed(2));

/** MiB that all processes of the browser hold, shared pages counted once for each (Linux). */
function resident() {
  const children = (pid) =>
    readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  const all = (pid) => [pid, ...children(pid).flatMap(all)];
  const size = (pid) => /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0;
  const own = children(process.pid).filter((pid) => pid !== String(service.pid));
  return own.flatMap(all).reduce((sum, pid) => sum + Number(size(pid)), 0) / 1024;
}

/** What the service sent while this was done, and a moment longer. */
async function tally(action) {
  const before = bytes;
  const result = await action();
  await wait(8000);
  return { result, bytes: bytes - before };
}

try {
  const result = await measure();
  const text = `${JSON.stringify(result, null, 1)}\n`;
  process.stdout.write(text);
  if (option('out')) writeFileSync(option('out'), text);
} finally {
  service.kill();
  counter.close();
}
