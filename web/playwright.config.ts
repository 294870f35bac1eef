import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from '@playwright/test';

const venv = fileURLToPath(new URL('../.venv/bin/python', import.meta.url));
const python = process.env.FEELING_PYTHON ?? (existsSync(venv) ? venv : 'python3');
const port = Number(process.env.E2E_PORT ?? 4174);
export const film = fileURLToPath(new URL('./.cache/face.mjpeg', import.meta.url));

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
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--autoplay-policy=no-user-gesture-required',
        '--use-fake-device-for-media-stream',
        '--use-fake-ui-for-media-stream',
        `--use-file-for-fake-video-capture=${film}`,
      ],
    },
  },
  webServer: {
    command: `${python} tests/e2e/serve.py ${port}`,
    url: `http://127.0.0.1:${port}/readyz`,
    reuseExistingServer: false,
  },
});
