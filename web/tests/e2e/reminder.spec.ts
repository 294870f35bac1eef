import { agree, expect, tab, test, touch } from './person';

test('a reminder as a notification, when the system wakes the app: once a day, not where something is kept', async ({
  page,
  context,
  baseURL,
}) => {
  await context.grantPermissions(['notifications']);
  await agree(page);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await tab(page, 'Me');
  await page.getByLabel('Remind me').check();
  await page.getByLabel('At', { exact: true }).fill('00:00');
  await page.getByLabel('At', { exact: true }).blur();

  // as Chromium on Android wakes an installed app
  const cdp = await context.newCDPSession(page);
  const registered = new Promise<string>((done) => {
    cdp.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      if (registrations[0]) done(registrations[0].registrationId);
    });
  });
  await cdp.send('ServiceWorker.enable');
  const [origin, registrationId] = [baseURL ?? '', await registered];
  const wake = () => cdp.send('ServiceWorker.dispatchPeriodicSyncEvent', { origin, registrationId, tag: 'reminder' });
  const shown = () =>
    page.evaluate(async () => {
      const notifications = await (await navigator.serviceWorker.ready).getNotifications();
      return notifications.map(({ title, body, silent }) => ({ title, body, silent }));
    });
  const close = () =>
    page.evaluate(async () => {
      for (const one of await (await navigator.serviceWorker.ready).getNotifications()) one.close();
    });
  await wake();
  const words = { title: 'Feeling Manager', body: 'How was today? One touch is enough.', silent: true };
  await expect.poll(shown).toEqual([words]);
  await close();
  await wake();
  await page.waitForTimeout(500);
  expect(await shown()).toEqual([]);

  // set anew it may come again today, but not once something is kept
  await page.getByLabel('At', { exact: true }).fill('00:01');
  await page.getByLabel('At', { exact: true }).blur();
  await tab(page, 'Now');
  await expect(page.getByText('How was today? One touch is enough.')).toBeVisible();
  await touch(page, 'Neutral');
  await expect(page.getByText('Kept: Neutral.')).toBeVisible();
  await wake();
  await page.waitForTimeout(500);
  expect(await shown()).toEqual([]);
});
