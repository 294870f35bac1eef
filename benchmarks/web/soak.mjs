// The web client in use for an hour: the camera read at the usual rate, a song skipped each minute, the journal looked at
// every fifth. Fails when memory grows. Build first (npm run build in web/), then, or by `npm run soak` there:
//
//     node benchmarks/web/soak.mjs [--minutes 60] [--rate 10] [--out soak.json]
//
// The mean of the last quarter is held against that of the first: the heap after a collection, and what all processes hold,
// may be 5 % larger. Before, songs are skipped and the journal is looked at until what is loaded and compiled at first use
// is there (the heap grows by about 1.3 MiB with it), and five minutes pass.
import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { cameraOn, gauge, launch, option, person, resident, round, serve } from './stand.mjs';

const MOST = { heapMiB: 1.05, residentMiB: 1.05 };
const WARM_MINUTES = 5;
const LOOK_BACK_MINUTES = 5;
const port = 4177;
const minutes = Number(option('minutes', '60'));
const rate = Number(option('rate', '10'));
if (!(minutes >= 2 * WARM_MINUTES)) {
  console.error(`--minutes must be ${2 * WARM_MINUTES} or more: quarters of what follows the first ${WARM_MINUTES} are compared.`);
  process.exit(2);
}

const another = (page) => page.getByRole('region', { name: 'Song' }).getByRole('button', { name: 'Another one' });

async function warmUp(page) {
  await another(page).waitFor();
  for (let i = 0; i < 120; i++) await another(page).click();
  for (let i = 0; i < 24; i++) await lookBack(page);
  await cameraOn(page);
}

async function use(page, minute) {
  if (await another(page).isVisible()) await another(page).click();
  if (minute % LOOK_BACK_MINUTES) return;
  await lookBack(page);
  await cameraOn(page);
}

async function lookBack(page) {
  const tabs = page.getByRole('navigation');
  await tabs.getByRole('button', { name: 'Journal' }).click();
  for (const span of ['Week', 'Month', 'Year']) await page.getByRole('button', { name: span, exact: true }).click();
  await tabs.getByRole('button', { name: 'Now' }).click();
}

async function follow(browser, service) {
  const context = await person(browser, { rate });
  const page = await context.newPage();
  await page.goto(`http://127.0.0.1:${port}`);
  await cameraOn(page);
  await warmUp(page);
  const { heap } = await gauge(context, page);
  const rows = [];
  for (let minute = 0; ; minute++) {
    rows.push({ minute, heapMiB: round(await heap()), residentMiB: round(resident(service)) });
    console.error(rows.at(-1));
    if (minute >= minutes) break;
    await use(page, minute);
    await page.waitForTimeout(60_000);
  }
  await page.getByRole('button', { name: 'Pause' }).click();
  return { rows, ...(await kept(page)) };
}

/** What the journal has of it. */
const kept = (page) =>
  page.evaluate(async () => {
    await new Promise((done) => setTimeout(done, 1000));
    const opening = indexedDB.open('feeling-manager');
    const database = await new Promise((done) => {
      opening.onsuccess = () => done(opening.result);
    });
    const all = (store) =>
      new Promise((done) => {
        const request = database.transaction(store).objectStore(store).getAll();
        request.onsuccess = () => done(request.result);
      });
    const spells = await all('spells');
    const readings = spells.reduce((sum, spell) => sum + spell.readings, 0);
    return { readings, spells: spells.length, songs: (await all('plays')).length };
  });

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

function judge(rows) {
  const warm = rows.slice(WARM_MINUTES);
  const quarter = Math.floor(warm.length / 4);
  return Object.entries(MOST).map(([what, most]) => {
    const [first, last] = [warm.slice(0, quarter), warm.slice(-quarter)].map((some) => mean(some.map((row) => row[what])));
    return { what, first: round(first), last: round(last), ratio: Number((last / first).toFixed(3)), most };
  });
}

const service = await serve(port);
let browser;
try {
  browser = await launch();
  const { rows, ...did } = await follow(browser, service);
  const verdict = judge(rows);
  const result = { minutes, rate, load: loadavg()[0], chromium: browser.version(), ...did, verdict, rows };
  if (option('out')) writeFileSync(option('out'), `${JSON.stringify(result, null, 1)}\n`);
  console.log(JSON.stringify({ ...result, rows: undefined }, null, 1));
  const grown = verdict.filter(({ ratio, most }) => ratio > most);
  for (const { what, ratio, most } of grown) console.error(`${what} has grown to ${ratio} of what it was, more than ${most}.`);
  process.exitCode = grown.length ? 1 : 0;
} finally {
  await browser?.close();
  service.kill();
}
