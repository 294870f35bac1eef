// Firefox and WebKitGTK for the tests, as Debian has them; no protocol of theirs is more than opening a page and running
// a function in it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import puppeteer from 'puppeteer-core';
import { film } from '../../playwright.config';

export interface Driven {
  goto(url: string): Promise<void>;
  /** Runs `work` in the page; it sees nothing of here but `argument`. */
  run<T, A>(work: (argument: A) => T | Promise<T>, argument: A): Promise<T>;
  close(): Promise<void>;
}

const FIREFOX = process.env.FIREFOX ?? '/usr/bin/firefox-esr';
const WEBKIT = [
  '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser',
  '/usr/lib/aarch64-linux-gnu/webkit2gtk-4.1/MiniBrowser',
];

/** What is not installed, or null. */
export const lacking = {
  Firefox: () => (existsSync(FIREFOX) ? null : 'Firefox ESR is not installed'),
  WebKit: () =>
    existsSync('/usr/bin/WebKitWebDriver') && existsSync('/usr/bin/Xvfb') && WEBKIT.some(existsSync)
      ? null
      : 'WebKitGTK with its driver, or Xvfb, is not installed',
};

export const open = { Firefox: openFirefox, WebKit: openWebKit };

async function openFirefox(): Promise<Driven> {
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: FIREFOX,
    headless: true,
    extraPrefsFirefox: { 'intl.accept_languages': 'en-GB, en' },
  });
  const page = await browser.newPage();
  return {
    goto: async (url) => void (await page.goto(url)),
    run: (work, argument) => page.evaluate(work as never, argument) as never,
    close: () => browser.close(),
  };
}

async function openWebKit(): Promise<Driven> {
  const port = 4400 + (process.pid % 500);
  const started: ChildProcess[] = [];
  const start = (command: string, args: string[], display?: string) => {
    const one = spawn(command, args, {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
      env: { ...process.env, DISPLAY: display, LANG: 'en_GB.UTF-8', LANGUAGE: 'en_GB' },
    });
    started.push(one);
    return one;
  };
  const end = () => {
    for (const one of started.reverse()) one.kill();
  };
  const ask = async (method: string, path: string, body?: object) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, body: body && JSON.stringify(body) });
    const { value } = (await answer.json()) as { value: never };
    if (!answer.ok) throw new Error(JSON.stringify(value));
    return value as unknown;
  };
  try {
    // the server itself finds a display that is free, and tells it once it is ready
    const screen = start('Xvfb', ['-displayfd', '3', '-screen', '0', '1500x1100x24']);
    const [number] = (await once(screen.stdio[3] as Readable, 'data')) as [Buffer];
    start('WebKitWebDriver', [`--port=${port}`], `:${number.toString().trim()}`);
    await until(() => ask('GET', '/status').then(Boolean, () => false), 'its driver to start');
    const args = ['--automation', '--enable-media-stream=true', '--enable-mock-capture-devices=true'];
    const alwaysMatch = {
      browserName: 'MiniBrowser',
      'webkitgtk:browserOptions': { binary: WEBKIT.find(existsSync), args },
    };
    const { sessionId } = (await ask('POST', '/session', { capabilities: { alwaysMatch } })) as { sessionId: string };
    return {
      goto: async (url) => void (await ask('POST', `/session/${sessionId}/url`, { url })),
      run: (work, argument) => {
        const script = `const [argument, done] = arguments; Promise.resolve((${work})(argument)).then(done);`;
        return ask('POST', `/session/${sessionId}/execute/async`, { script, args: [argument ?? null] }) as never;
      },
      close: async () => {
        await ask('DELETE', `/session/${sessionId}`).catch(() => {});
        end();
      },
    };
  } catch (error) {
    end();
    throw error;
  }
}

/** Waits until `is` says so; looks four times a second. A page that is just being left answers nothing: not yet. */
export async function until(is: () => Promise<boolean>, what: string, seconds = 25): Promise<void> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    let cause: unknown;
    const met = await is().catch((error: unknown) => {
      cause = error;
      return false;
    });
    if (met) return;
    if (Date.now() > end) throw new Error(`waited ${seconds} s for ${what}`, { cause });
    await new Promise((slow) => setTimeout(slow, 250));
  }
}

/** The first picture of the film that Chromium's camera shows, as base64. */
export function face(): string {
  const bytes = readFileSync(film('smile'));
  const end = bytes.indexOf(Buffer.from([0xff, 0xd9])) + 2;
  return bytes.subarray(0, end).toString('base64');
}

/** In the page: every camera that is asked for shows the picture, swaying a little. */
export async function injectFace(jpeg: string): Promise<void> {
  const bytes = Uint8Array.from(atob(jpeg), (letter) => letter.charCodeAt(0));
  const picture = await createImageBitmap(new Blob([bytes], { type: 'image/jpeg' }));
  navigator.mediaDevices.getUserMedia = async () => {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [picture.width, picture.height];
    const context = canvas.getContext('2d') as CanvasRenderingContext2D;
    let n = 0;
    const draw = () => context.drawImage(picture, 4 * Math.sin(n++ / 9), 0);
    draw();
    const stream = canvas.captureStream(25);
    const timer = setInterval(() => {
      draw();
      if (stream.getTracks().every((track) => track.readyState === 'ended')) clearInterval(timer);
    }, 40);
    return stream;
  };
}
