// What every test does, and what no page may do: break the content policy or throw.
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
