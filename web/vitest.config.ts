import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';

const chromium = process.env.CHROMIUM ?? '/usr/bin/chromium';
const globalSetup = './tests/golden/server.ts';

export default defineConfig({
  server: { fs: { allow: ['..'] } },
  test: {
    testTimeout: 30_000,
    projects: [
      { extends: true, test: { name: 'node', include: ['tests/{unit,golden}/*.test.ts'], globalSetup } },
      {
        extends: true,
        optimizeDeps: { include: ['fast-png', 'onnxruntime-web/wasm'] },
        test: {
          name: 'chromium',
          include: ['tests/golden/*.test.ts'],
          globalSetup,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: { executablePath: chromium, args: ['--no-sandbox'] } }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
});
