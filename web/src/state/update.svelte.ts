// The service worker: offline start, and a word when a newer version has arrived.
class Update {
  ready = $state(false);
  private waiting: ServiceWorker | null = null;

  async register(): Promise<void> {
    if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
    const registration = await navigator.serviceWorker.register('/sw.js', { type: 'classic' });
    const look = (worker: ServiceWorker | null) => {
      // the first one of all replaces nothing; WebKit has it control the page before it says that it is installed
      if (!worker || !registration.active || !navigator.serviceWorker.controller) return;
      this.waiting = worker;
      this.ready = true;
    };
    look(registration.waiting);
    registration.addEventListener('updatefound', () => {
      const worker = registration.installing;
      worker?.addEventListener('statechange', () => worker.state === 'installed' && look(worker));
    });
    await navigator.serviceWorker.ready;
    keepUsed();
  }

  apply = (): void => {
    navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
    this.waiting?.postMessage('take over');
  };
}

/** What was loaded before the worker was there (engine, models, fonts) is kept too; it comes from the HTTP cache. */
export function keepUsed(): void {
  const urls = performance
    .getEntriesByType('resource')
    .map((entry) => new URL(entry.name))
    .filter((url) => url.origin === location.origin && /^\/(assets|models)\//.test(url.pathname))
    .map((url) => url.pathname);
  navigator.serviceWorker?.controller?.postMessage({ keep: urls });
}

export const update = new Update();
void update.register().catch(() => {
  // private windows and plain HTTP have no service worker; the app works without
});
