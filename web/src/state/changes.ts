// A word to whoever sends things on: something new is kept.
const listeners = new Set<() => void>();

export const changes = {
  notify: (): void => {
    for (const listener of listeners) listener();
  },
  listen: (listener: () => void): void => void listeners.add(listener),
};
