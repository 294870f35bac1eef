// A gentle reminder, once a day and only when nothing has been kept yet: by the system where it may and the app is open
// or installed, else as a line on the first page.
import { m } from '../paraglide/messages.js';
import { isDue, notifyIfDue, readReminder, writeReminder } from '../sinks/reminder';

const LOOK_SECONDS = 60;
const TAG = 'reminder';

/** Browsers that wake installed apps now and then (Chromium on Android). */
interface Periodic {
  periodicSync?: { register(tag: string, options: { minInterval: number }): Promise<void> };
}

class ReminderState {
  /** Minutes since midnight, or null. */
  minute = $state<number | null>(null);
  due = $state(false);

  start(): void {
    void readReminder().then((kept) => {
      this.minute = kept?.minute ?? null;
      void this.look();
    });
    setInterval(() => void this.look(), LOOK_SECONDS * 1000);
  }

  async look(): Promise<void> {
    this.due = await isDue(new Date());
    if (this.due && document.hidden) await notifyIfDue(await navigator.serviceWorker.ready);
  }

  async set(minute: number | null): Promise<void> {
    this.minute = minute;
    await writeReminder({ minute, title: m.app_name(), text: m.reminder_line(), shown: '' });
    await this.look();
    if (minute === null || !('Notification' in window)) return;
    // a refusal leaves the line on the first page
    if ((await Notification.requestPermission()) !== 'granted' || !navigator.serviceWorker?.controller) return;
    const registration = (await navigator.serviceWorker.ready) as ServiceWorkerRegistration & Periodic;
    await registration.periodicSync?.register(TAG, { minInterval: 3_600_000 }).catch(() => {});
  }

  async dismiss(): Promise<void> {
    const kept = await readReminder();
    if (kept) await writeReminder({ ...kept, shown: new Date().toDateString() });
    this.due = false;
  }
}

export const reminder = new ReminderState();
