import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from '@playwright/test';

const venv = fileURLToPath(new URL('../.venv/bin/python', import.meta.url));
export const python = process.env.FEELING_PYTHON ?? (existsSync(venv) ? venv : 'python3');
export const port = Number(process.env.E2E_PORT ?? 4174);
export type Scene = 'smile' | 'two' | 'blurred';
export const film = (scene: Scene): string => fileURLToPath(new URL(`./.cache/${scene}.mjpeg`, import.meta.url));
/** Chromium whose camera shows that. */
export const showing = (scene: Scene) => ({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--autoplay-policy=no-user-gesture-required',
    '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream',
    `--use-file-for-fake-video-capture=${film(scene)}`,
  ],
});
/** Of the service that the tests start; made anew with it. */
export const database = fileURLToPath(new URL('./.cache/e2e.db', import.meta.url));

export default defineConfig({
  testDir: 'tests/e2e',
  testMatch: '*.spec.ts',
  workers: 1,
  timeout: 90_000,
  expect: { timeout: 20_000 },
  reporter: 'list',
  globalSetup: './tests/e2e/setup.ts',
  use: {
    baseURL: `http://127.0.0.1:${port}`,
    viewport: { width: 390, height: 844 },
    locale: 'en-GB',
    timezoneId: 'Asia/Seoul',
    launchOptions: showing('smile'),
  },
  webServer: {
    command: `${python} tests/e2e/serve.py ${port} ${database}`,
    url: `http://127.0.0.1:${port}/readyz`,
    reuseExistingServer: false,
  },
});
