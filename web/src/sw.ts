/// <reference lib="webworker" />
// Offline start: the shell is precached; engine, models and fonts, whose names carry their content, are kept when
// they are first used. The API and the songs go to the network.
import { cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute } from 'workbox-precaching';
import { notifyIfDue } from './sinks/reminder';

declare const self: ServiceWorkerGlobalScope & { __WB_MANIFEST: { url: string; revision: string | null }[] };

const KEPT = 'by-content';
const NAMED_BY_CONTENT = /^\/(assets\/.+-[\w-]{8}\.\w+|models\/[0-9a-f]{64}\.onnx)$/;
const MANIFEST = '/models/manifest.json';

precacheAndRoute(self.__WB_MANIFEST);
cleanupOutdatedCaches();
const shell = createHandlerBoundToURL('/index.html');

self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

self.addEventListener('message', (event) => {
  if (event.data === 'take over') void self.skipWaiting();
  else if (Array.isArray(event.data?.keep)) event.waitUntil(keepAll(event.data.keep));
});

self.addEventListener('periodicsync', (event) => {
  (event as ExtendableEvent).waitUntil(notifyIfDue(self.registration));
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow('/'));
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (NAMED_BY_CONTENT.test(url.pathname)) event.respondWith(kept(request));
  else if (url.pathname === MANIFEST) event.respondWith(newest(request));
  else if (request.mode === 'navigate' && url.pathname === '/') {
    event.respondWith(shell({ request, event, url, params: [] } as never));
  }
});

async function kept(request: Request): Promise<Response> {
  const cache = await caches.open(KEPT);
  const found = await cache.match(request);
  if (found) return found;
  const response = await fetch(request);
  if (response.ok) await cache.put(request, response.clone());
  return response;
}

/** The list of models names the current files; offline the last one known counts. */
async function newest(request: Request): Promise<Response> {
  const cache = await caches.open(KEPT);
  try {
    const response = await fetch(request);
    if (response.ok) {
      await cache.put(request, response.clone());
      await forget(cache, await response.clone().text());
    }
    return response;
  } catch (error) {
    const found = await cache.match(request);
    if (found) return found;
    throw error;
  }
}

/** Models that the list no longer names. */
async function forget(cache: Cache, list: string): Promise<void> {
  for (const { url } of await cache.keys()) {
    const hash = /([0-9a-f]{64})\.onnx$/.exec(url)?.[1];
    if (hash && !list.includes(hash)) await cache.delete(url);
  }
}

async function keepAll(paths: string[]): Promise<void> {
  const cache = await caches.open(KEPT);
  for (const path of paths) {
    if (path !== MANIFEST && !NAMED_BY_CONTENT.test(path)) continue;
    if (!(await cache.match(path))) await cache.add(path).catch(() => {});
  }
}
