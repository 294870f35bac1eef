// What the tests have in common, and what no page may do: break the content policy or throw.
import { randomUUID } from 'node:crypto';
import { test as base, expect, type Page } from '@playwright/test';

export const test = base.extend<{ quiet: undefined }>({
  quiet: [
    async ({ page }, use) => {
      const faults: string[] = [];
      page.on('pageerror', (error) => faults.push(error.message));
      page.on('console', (message) => {
        if (/content security policy/i.test(message.text())) faults.push(message.text());
      });
      await use(undefined);
      expect(faults).toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

export async function agree(page: Page, path = '/'): Promise<void> {
  await page.goto(path);
  await page.getByRole('checkbox').check();
  await page.getByRole('button', { name: 'Begin without an account' }).click();
}

export async function cameraOn(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Turn the camera on' }).click();
  await expect(page.getByRole('heading', { name: 'A happy expression' })).toBeVisible({ timeout: 40_000 });
}

export async function tab(page: Page, name: 'Now' | 'Journal' | 'Me'): Promise<void> {
  await page.getByRole('navigation').getByRole('button', { name }).click();
}

/** The feeling that one touch keeps, on the first page with the camera off. */
export async function touch(page: Page, name: string): Promise<void> {
  await page.getByRole('region', { name: 'How do you feel?' }).getByRole('button', { name, exact: true }).click();
}

/** Rows of the device's database. */
export async function rows<T>(page: Page, store: string): Promise<T[]> {
  return page.evaluate(
    (name) =>
      new Promise<T[]>((done, fail) => {
        const opening = indexedDB.open('feeling-manager');
        opening.onerror = () => fail(opening.error);
        opening.onsuccess = () => {
          const request = opening.result.transaction(name).objectStore(name).getAll();
          request.onsuccess = () => done(request.result as T[]);
          request.onerror = () => fail(request.error);
        };
      }),
    store,
  );
}

/** Puts rows into it, as if they had been kept. */
export async function put(page: Page, store: string, values: object[]): Promise<void> {
  await page.evaluate(
    ([name, all]) =>
      new Promise<void>((done, fail) => {
        const opening = indexedDB.open('feeling-manager');
        opening.onerror = () => fail(opening.error);
        opening.onsuccess = () => {
          const transaction = opening.result.transaction(name, 'readwrite');
          for (const value of all) transaction.objectStore(name).put(value);
          transaction.oncomplete = () => done();
        };
      }),
    [store, values] as const,
  );
}

/** A spell of an emotion that was clearly read. start: epoch seconds. */
export function spellOf(emotion: number, start: number, seconds = 300) {
  const probabilities = Array.from({ length: 8 }, (_, i) => (i === emotion ? 0.93 : 0.01));
  const end = start + seconds;
  return {
    id: randomUUID(),
    start,
    end,
    emotion,
    readEmotion: null,
    probabilities,
    readings: 9,
    unclearShare: 0,
    sent: 0,
  };
}

/**
 * Time passes for the page while the camera runs: the clock (to be installed before) jumps from reading to reading, by
 * `step` seconds.
 */
export async function pass(page: Page, seconds: number, step = 2): Promise<void> {
  const box = page.locator('.face').first();
  for (let passed = 0; passed < seconds; passed += step) {
    const before = await box.getAttribute('style');
    await page.clock.fastForward(step * 1000);
    await expect(box).not.toHaveAttribute('style', before ?? '');
  }
}

export const newName = (): string => `p-${randomUUID().slice(0, 8)}`;

export async function register(page: Page, name: string, password: string, genres: string[] = []): Promise<void> {
  await page.goto('/#/account');
  await page.getByRole('button', { name: 'Sign up' }).first().click();
  await page.getByLabel('User name').fill(name);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByLabel('Password once more').fill(password);
  for (const genre of genres) await page.locator('form').getByRole('button', { name: genre, exact: true }).click();
  await page.locator('form').getByRole('button', { name: 'Sign up' }).last().click();
  await expect(page.getByRole('heading', { name: 'Your recovery codes' })).toBeVisible();
}

export async function signIn(page: Page, name: string, password: string): Promise<void> {
  await page.goto('/#/account');
  await page.getByLabel('User name').fill(name);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.locator('form').getByRole('button', { name: 'Sign in' }).last().click();
}
