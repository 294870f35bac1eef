// Which page, and where in it, by the address's hash: `#/journal/week/2026-12-01`.
export const PAGES = ['live', 'journal', 'me', 'account'] as const;
export type Page = (typeof PAGES)[number];

function read(): { page: Page; rest: string[] } {
  const [name, ...rest] = location.hash.replace(/^#\//, '').split('?')[0].split('/');
  return PAGES.includes(name as Page) ? { page: name as Page, rest } : { page: 'live', rest: [] };
}

/** rest: what follows the page in the address. title: what the page shows, where it is more than its name. */
export const route = $state({ ...read(), title: '' });
addEventListener('hashchange', () => Object.assign(route, read()));

export const go = (page: Page, ...rest: string[]): void => {
  location.hash = `#/${[page, ...rest].join('/')}`;
};

let first = true;
/** A page has come: the keyboard and screen readers go on at its heading. Not at the start, where the browser does. */
export function arrive(place: HTMLElement): void {
  const heading = place.querySelector<HTMLElement>('h1');
  if (!first && heading) {
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
    scrollTo(0, 0);
  }
  first = false;
}
