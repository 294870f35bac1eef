/** The task, run one after the other: an answer that was asked for earlier must not undo what has been said since. */
export function inTurn<T extends unknown[]>(task: (...given: T) => Promise<void>): (...given: T) => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  return (...given) => {
    last = last.catch(() => {}).then(() => task(...given));
    return last;
  };
}
