// The web client in headless Chromium: frames a second with the rate limit off, the detector alone in the same run, time
// to the first reading, bytes of the first and the second visit, memory over time. Build first (npm run build in web/):
//
//     node benchmarks/web/bench.mjs [--minutes 10] [--rate 0] [--out results.json]
import { readdirSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { cpus, loadavg } from 'node:os';
import { at, cameraOn, gauge, launch, option, person, resident, round, serve, wait } from './stand.mjs';

const minutes = Number(option('minutes', '10'));
const rate = Number(option('rate', '0'));
const port = 4175;
const base = `http://127.0.0.1:${port + 1}`;

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
  await cameraOn(page);
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

async function measure(service) {
  await new Promise((done) => counter.listen(port + 1, '127.0.0.1', done));
  const browser = await launch();
  try {
    const context = await person(browser, { rate, showRate: true });
    const server = await tally(async () => {
      const first = await open(context);
      return { ...first, seconds: await read(first.page, first.start) };
    });
    const { page } = server.result;
    await page.waitForTimeout(5000);
    const { metric, heap } = await gauge(context, page);
    const busyBefore = await metric('TaskDuration');
    const rates = [];
    for (let i = 0; i < 10; i++) {
      await page.waitForTimeout(1000);
      rates.push(Number.parseFloat((await page.getByText(/^\d+\.\d\/s$/).textContent()) ?? '0'));
    }
    const busy = ((await metric('TaskDuration')) - busyBefore) / 10;
    const memory = [];
    for (let i = 0; i <= minutes; i++) {
      memory.push({ minute: i, heapMiB: round(await heap()), residentMiB: round(resident(service)) });
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

/** What the service sent while this was done, and a moment longer. */
async function tally(action) {
  const before = bytes;
  const result = await action();
  await wait(8000);
  return { result, bytes: bytes - before };
}

const service = await serve(port);
try {
  const result = await measure(service);
  const text = `${JSON.stringify(result, null, 1)}\n`;
  process.stdout.write(text);
  if (option('out')) writeFileSync(option('out'), text);
} finally {
  service.kill();
  counter.close();
}
