// Text twice as large on a narrow phone, and what a finger must hit.
import type { Page } from '@playwright/test';
import { agree, expect, newName, put, register, spellOf, test } from './person';

/** What runs out of the page, and words that are broken in two. */
const faults = (page: Page) =>
  page.evaluate(() => {
    const found: string[] = [];
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth > width)
      found.push(`the page is ${document.documentElement.scrollWidth} wide`);
    const shown = (element: Element) =>
      element.checkVisibility({ checkOpacity: true }) && !element.closest('.hidden,.away,dialog:not([open])');
    for (const element of document.querySelectorAll('body *')) {
      if (!(element instanceof HTMLElement) || !shown(element) || element.closest('[aria-hidden]')) continue;
      const { left, right } = element.getBoundingClientRect();
      if (right > width + 1 || left < -1) found.push(`${element.outerHTML.slice(0, 90)} from ${left} to ${right}`);
    }
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = texts.nextNode(); node; node = texts.nextNode()) {
      if (!node.parentElement || !shown(node.parentElement) || node.parentElement.closest('code,style,script'))
        continue;
      for (const word of node.textContent?.matchAll(/[\p{L}]+/gu) ?? []) {
        const range = document.createRange();
        range.setStart(node, word.index);
        range.setEnd(node, word.index + word[0].length);
        const lines = new Set(
          [...range.getClientRects()].filter((one) => one.width > 1).map((one) => Math.round(one.top)),
        );
        if (lines.size > 1) found.push(`“${word[0]}” is broken`);
      }
    }
    return [...new Set(found)];
  });
const small = (page: Page) =>
  page.evaluate(() =>
    [...document.querySelectorAll('button, a[href], input, select, textarea, summary')]
      .filter(
        (one) =>
          one.checkVisibility({ checkOpacity: true }) &&
          !one.closest('.hidden,.away,.jump,audio') &&
          !one.matches('.jump'),
      )
      .map((one) => ({ one, box: one.getBoundingClientRect() }))
      .filter(({ box }) => box.width && (box.width < 23.9 || box.height < 23.9))
      .map(({ one, box }) => `${one.outerHTML.slice(0, 90)} ${box.width.toFixed()}×${box.height.toFixed()}`),
  );

for (const [locale, zoom] of [
  ['en-GB', 1],
  ['ko-KR', 1],
  ['en-GB', 2],
  ['ko-KR', 2],
] as const) {
  test(`every page at ${zoom * 100} % in ${locale}: nothing runs over, no word breaks, targets are 24 px`, async ({
    browser,
  }) => {
    test.slow();
    const context = await browser.newContext({
      locale,
      viewport: { width: 390, height: 844 },
      reducedMotion: 'reduce',
    });
    const page = await context.newPage();
    const look = async (where: string) => {
      await page.evaluate(
        (size) => {
          document.documentElement.style.fontSize = size;
        },
        `${zoom * 100}%`,
      );
      expect.soft(await faults(page), where).toEqual([]);
      expect.soft(await small(page), where).toEqual([]);
    };
    await page.goto('/');
    await page.getByRole('checkbox').check();
    await look('welcome');
    await page.locator('button.main').click();
    await expect(page.locator('h1')).toBeVisible();
    await look('now');
    const now = Date.now() / 1000;
    await put(
      page,
      'spells',
      [...Array(60).keys()].map((day) => spellOf(day % 8, now - day * 86400 - 3600)),
    );
    await put(page, 'entries', [{ id: 'a', at: now - 60, emotion: 7, note: 'A line', tags: ['home'], sent: 0 }]);
    for (const span of ['day', 'week', 'month', 'year']) {
      await page.goto(`/#/journal/${span}`);
      await expect(page.locator('.segments [aria-pressed="true"]')).toBeVisible();
      await page.waitForTimeout(300);
      await look(span);
    }
    await page.goto('/#/journal/day');
    await page.locator('.stack > .button').last().click();
    await expect(page.getByRole('dialog')).toBeVisible();
    await look('sheet');
    await page.keyboard.press('Escape');
    await page.goto('/#/me');
    await expect(page.locator('h1')).toBeVisible();
    await look('me');
    await page.goto('/#/account');
    await expect(page.locator('form')).toBeVisible();
    await look('sign in');
    await page.locator('.segments button').last().click();
    await look('sign up');
    await page.goto('/#/live');
    await page.locator('.cover .main').click();
    await expect(page.locator('.bars')).toBeVisible({ timeout: 40_000 });
    await expect(page.locator('section.player')).toBeVisible();
    await look('reading');
    await context.close();
  });
}

test('the account at 200 %', async ({ page }) => {
  await agree(page);
  await register(page, newName(), 'correct horse');
  await page.evaluate(() => {
    document.documentElement.style.fontSize = '200%';
  });
  expect.soft(await faults(page), 'codes').toEqual([]);
  await page.getByRole('button', { name: 'I have kept them' }).click();
  await expect(page.getByText('this one')).toBeVisible();
  expect.soft(await faults(page), 'account').toEqual([]);
  expect.soft(await small(page), 'account').toEqual([]);
});
