import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Plugin } from 'vite';

export interface ModelFile {
  name: string;
  precision: string;
  sha256: string;
  bytes: number;
  path: string;
}
export function models(): ModelFile[];
export function serve(request: IncomingMessage, response: ServerResponse, next: () => void): void;
export function modelServer(): Plugin;
