// Serves the model files to the tests, those in Node and those in the browser alike.
import { createServer } from 'node:http';
import type { TestProject } from 'vitest/node';
import { serve } from '../../scripts/models.mjs';

declare module 'vitest' {
  interface ProvidedContext {
    models: string;
  }
}

export default async function setup(project: TestProject): Promise<() => void> {
  const server = createServer((request, response) => {
    response.setHeader('Access-Control-Allow-Origin', '*');
    serve(request, response, () => {
      response.statusCode = 404;
      response.end();
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address() as { port: number };
  project.provide('models', `http://127.0.0.1:${address.port}/`);
  return () => void server.close();
}
