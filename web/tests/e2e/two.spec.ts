import { showing } from '../../playwright.config';
import { agree, cameraOn, expect, test } from './person';

test.use({ launchOptions: showing('two') });

test('several faces: the largest is me until I say which one is', async ({ page }) => {
  await agree(page);
  await cameraOn(page);
  await expect(page.getByText('Faces: 2')).toBeVisible();
  await expect(page.getByText('Several faces: tap the one that is you.')).toBeVisible();
  const faces = page.getByRole('button', { name: /^Face \d+: Happiness. This is me$/ });
  await expect(faces).toHaveCount(2);
  /** Which one is mine, by width: the wider one first. */
  const mine = () =>
    faces.evaluateAll((all) =>
      all
        .sort((p, q) => q.getBoundingClientRect().width - p.getBoundingClientRect().width)
        .map((one) => one.getAttribute('aria-pressed')),
    );
  expect(await mine()).toEqual(['true', 'false']);

  // at once: on a slow machine every reading may bring other boxes
  await faces.evaluateAll((all) => {
    const width = (one: Element) => one.getBoundingClientRect().width;
    (all.sort((p, q) => width(p) - width(q))[0] as HTMLElement).click();
  });
  await expect.poll(mine).toEqual(['false', 'true']);
  // it stays so over many readings, although the other one is larger
  for (let i = 0; i < 8; i++) {
    await page.waitForTimeout(150);
    expect(await mine()).toEqual(['false', 'true']);
  }
});
