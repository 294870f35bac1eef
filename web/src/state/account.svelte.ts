// Who is signed in on this device. Without an account everything works, and stays here.
import { ApiError, api, ask, type Schemas } from '../api/client';
import { changes } from './changes';
import { settings } from './settings.svelte';

const KNOWN = 'feeling.account';

class Account {
  me = $state.raw<Schemas['Account'] | null>(remembered());

  /** What another device wrote down is fetched then. */
  onSignIn: () => Promise<void> = async () => {};

  /** Looks whether the session still holds; offline the account that was last known counts. */
  async refresh(): Promise<void> {
    if (!this.me) return;
    try {
      this.set(await ask(api.GET('/api/v1/account')));
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) this.set(null);
    }
  }

  async register(username: string, password: string, name: string): Promise<string[]> {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const language = document.documentElement.lang === 'ko' ? 'ko' : 'en';
    const body = { username, password, name: name || null, zone, language, device: device() } as const;
    const made = await ask(api.POST('/api/v1/account', { body }));
    this.set(made.account);
    await this.consent();
    changes.notify();
    return made.recovery_codes;
  }

  async signIn(username: string, password: string): Promise<void> {
    const body = { username, password, device: device(), bearer: false };
    this.set((await ask(api.POST('/api/v1/session', { body }))).account);
    await this.consent();
    changes.notify();
    await this.onSignIn();
  }

  async signOut(): Promise<void> {
    await ask(api.DELETE('/api/v1/session')).catch((error) => {
      if (!(error instanceof ApiError && error.status === 401)) throw error;
    });
    this.set(null);
  }

  async remove(password: string): Promise<void> {
    await ask(api.POST('/api/v1/account/deletion', { body: { password } }));
    this.set(null);
  }

  private async consent(): Promise<void> {
    const version = settings.consent?.version ?? '1';
    for (const purpose of ['camera', 'journal'] as const) {
      await ask(api.PUT('/api/v1/consents/{purpose}', { params: { path: { purpose } }, body: { version } }));
    }
  }

  set(me: Schemas['Account'] | null): void {
    this.me = me;
    if (me) localStorage.setItem(KNOWN, JSON.stringify(me));
    else localStorage.removeItem(KNOWN);
  }
}

function remembered(): Schemas['Account'] | null {
  try {
    return JSON.parse(localStorage.getItem(KNOWN) ?? 'null') as Schemas['Account'] | null;
  } catch {
    return null;
  }
}

/** What the list of devices shows. */
function device(): string {
  const agent = navigator.userAgent;
  const system = /iPhone|iPad|Android|Windows|Mac OS|Linux/.exec(agent)?.[0] ?? 'Browser';
  const browser = /Firefox|Edg|SamsungBrowser|Chrome|Safari/.exec(agent)?.[0] ?? '';
  return `${system} ${browser}`.trim();
}

export const account = new Account();
