// When a reminder is due. The page and the service worker both ask, so it is in the database and not in the settings.
import { database, type Reminder } from './store';

export async function readReminder(): Promise<Reminder | undefined> {
  return (await database()).get('reminder', 'reminder');
}

export async function writeReminder(reminder: Reminder): Promise<void> {
  await (await database()).put('reminder', reminder, 'reminder');
}

/** Its time has come today, none was shown today, and nothing has been written or read today. */
export async function isDue(now: Date): Promise<boolean> {
  const reminder = await readReminder();
  if (!reminder || reminder.minute === null || reminder.shown === now.toDateString()) return false;
  if (now.getHours() * 60 + now.getMinutes() < reminder.minute) return false;
  const today = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime() / 1000;
  const db = await database();
  const since = IDBKeyRange.lowerBound(today);
  const seen = (await db.countFromIndex('spells', 'start', since)) + (await db.countFromIndex('entries', 'at', since));
  return seen === 0;
}

/** Shows it as the system does, once a day. registration: of the service worker. */
export async function notifyIfDue(registration: ServiceWorkerRegistration): Promise<void> {
  const now = new Date();
  const reminder = await readReminder();
  if (!reminder || Notification.permission !== 'granted' || !(await isDue(now))) return;
  await writeReminder({ ...reminder, shown: now.toDateString() });
  await registration.showNotification(reminder.title, {
    body: reminder.text,
    icon: '/icons/icon-192.png',
    tag: 'reminder',
    silent: true,
  });
}
