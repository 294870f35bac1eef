// Who is signed in on this device. Without an account everything works, and stays here.
import { ApiError, api, ask, type Schemas } from '../api/client';
import { unsend } from '../sinks/store';
import { changes } from './changes';
import { consented, settings } from './settings.svelte';

const KNOWN = 'feeling.account';
/** What the account was told of the consent, so that it is told once, and later where it could not be reached. */
const TOLD = 'feeling.consent';

class Account {
  me = $state.raw<Schemas['Account'] | null>(remembered());

  /** What another device wrote down is fetched then. */
  onSignIn: () => Promise<void> = async () => {};

  /** Looks whether the session still holds; offline the account that was last known counts. */
  async refresh(): Promise<void> {
    const before = this.me;
    if (!before) return;
    try {
      const now = await ask(api.GET('/api/v1/account'));
      // an answer that a change or a signing out overtook says what was
      if (this.me === before) this.set(now);
    } catch (error) {
      if (error instanceof ApiError && error.status === 401 && this.me === before) this.set(null);
    }
  }

  async register(username: string, password: string, name: string): Promise<string[]> {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const language = document.documentElement.lang === 'ko' ? 'ko' : 'en';
    const body = { username, password, name: name || null, zone, language, device: device() } as const;
    const made = await ask(api.POST('/api/v1/account', { body }));
    this.set(made.account);
    changes.notify();
    return made.recovery_codes;
  }

  async signIn(username: string, password: string): Promise<void> {
    const body = { username, password, device: device(), bearer: false };
    this.set((await ask(api.POST('/api/v1/session', { body }))).account);
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
    await unsend();
    this.set(null);
  }

  async change(change: { name: string; email: string | null }): Promise<void> {
    this.set(await ask(api.PATCH('/api/v1/account', { body: change })));
  }

  /** New recovery codes in the place of the old. */
  async renewCodes(password: string): Promise<string[]> {
    const { recovery_codes } = await ask(api.POST('/api/v1/account/recovery-codes', { body: { password } }));
    await this.refresh();
    return recovery_codes;
  }

  /** Tells the account that the person has consented, or has not any more. */
  async tellConsent(): Promise<void> {
    const now = `${this.me?.id} ${consented() ? settings.consent?.at : 'withdrawn'}`;
    if (localStorage.getItem(TOLD) === now) return;
    for (const purpose of ['camera', 'journal'] as const) {
      const params = { path: { purpose } };
      if (!settings.consent) await ask(api.DELETE('/api/v1/consents/{purpose}', { params }));
      else await ask(api.PUT('/api/v1/consents/{purpose}', { params, body: { version: settings.consent.version } }));
    }
    localStorage.setItem(TOLD, now);
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
