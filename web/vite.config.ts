import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { VitePWA } from 'vite-plugin-pwa';
import { modelServer } from './scripts/models.mjs';

// the service of a developer, for /api in `npm run dev` and `vite preview`
const service = process.env.FEELING_SERVICE ?? 'http://127.0.0.1:8000';
const proxy = { '/api': service };

export default defineConfig({
  plugins: [
    svelte(),
    modelServer(),
    VitePWA({
      strategies: 'injectManifest',
      srcDir: 'src',
      filename: 'sw.ts',
      injectRegister: false,
      manifest: false,
      injectManifest: {
        // the shell; worker, WASM and models are kept once they were used (sw.ts)
        globPatterns: [
          'index.html',
          'manifest.webmanifest',
          'assets/*.{js,css}',
          'assets/pretendard-*.woff2',
          'icons/*',
        ],
        globIgnores: ['assets/PretendardVariable.subset*', 'assets/worker-*', 'assets/gpu-*'],
      },
    }),
  ],
  worker: { format: 'es' },
  build: { target: 'es2022', assetsInlineLimit: 0 },
  server: { fs: { allow: ['..'] }, proxy },
  preview: { proxy },
});
