// Which page, by the address's hash.
export const PAGES = ['live', 'journal', 'me', 'account'] as const;
export type Page = (typeof PAGES)[number];

const read = (): Page => {
  const name = location.hash.replace(/^#\//, '').split('?')[0] as Page;
  return PAGES.includes(name) ? name : 'live';
};

export const route = $state({ page: read() });
addEventListener('hashchange', () => {
  route.page = read();
});

export const go = (page: Page): void => {
  location.hash = `#/${page}`;
};
