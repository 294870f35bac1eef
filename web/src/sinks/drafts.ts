// What was typed and not kept yet. It belongs to the account that is signed in, or to nobody.
export interface Draft {
  emotion: number | null;
  note: string;
  tags: string[];
  /** As the field has it, or empty for now. */
  when: string;
}

const KEY = 'feeling.drafts';
type Kept = Record<string, Draft>;

function read(): Kept {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '{}') as Kept;
  } catch {
    return {};
  }
}
function write(drafts: Kept): void {
  if (Object.keys(drafts).length) localStorage.setItem(KEY, JSON.stringify(drafts));
  else localStorage.removeItem(KEY);
}

/** owner: the account's number, or null. about: the entry's id, or `new`. */
const keyOf = (owner: number | null, about: string) => `${owner ?? 'nobody'} ${about}`;

export const draftOf = (owner: number | null, about: string): Draft | null => read()[keyOf(owner, about)] ?? null;

export function keepDraft(owner: number | null, about: string, draft: Draft): void {
  write({ ...read(), [keyOf(owner, about)]: draft });
}

export function dropDraft(owner: number | null, about: string): void {
  const { [keyOf(owner, about)]: _, ...others } = read();
  write(others);
}

/** Nobody else is to read what one person began to write: only the drafts of `owner` stay, and those of nobody. */
export function dropOthers(owner: number | null): void {
  const mine = [keyOf(owner, ''), keyOf(null, '')];
  write(Object.fromEntries(Object.entries(read()).filter(([key]) => mine.some((start) => key.startsWith(start)))));
}

/** All of them, whosever they are. */
export const eraseDrafts = (): void => localStorage.removeItem(KEY);
