// /models/manifest.json and /models/<sha256>.onnx from the Python package's own files, for Vite's servers and the tests.
import { execFileSync } from 'node:child_process';
import { createReadStream, existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const venv = fileURLToPath(new URL('../../.venv/bin/python', import.meta.url));
const python = process.env.FEELING_PYTHON ?? (existsSync(venv) ? venv : 'python3');
let rows;

/** What `scripts/models.py` prints. */
export function models() {
  rows ??= JSON.parse(
    execFileSync(python, [fileURLToPath(new URL('models.py', import.meta.url))], { encoding: 'utf8' }),
  ).models;
  return rows;
}

export function serve(request, response, next) {
  const path = new URL(request.url ?? '/', 'http://localhost').pathname;
  if (path === '/models/manifest.json') {
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ models: models().map(({ path: _, ...row }) => row) }));
    return;
  }
  const model = path.startsWith('/models/') && models().find((row) => path === `/models/${row.sha256}.onnx`);
  if (!model) return next();
  response.setHeader('Content-Type', 'application/octet-stream');
  response.setHeader('Content-Length', model.bytes);
  response.setHeader('Cache-Control', 'public, max-age=31536000, immutable');
  createReadStream(model.path).pipe(response);
}

/** @returns {import('vite').Plugin} */
export const modelServer = () => ({
  name: 'models',
  configureServer: (server) => void server.middlewares.use(serve),
  configurePreviewServer: (server) => void server.middlewares.use(serve),
});
