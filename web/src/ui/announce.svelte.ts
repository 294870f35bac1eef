// What screen readers are told unasked: at most once in five seconds, and only what has changed.
import { tick } from 'svelte';

const SECONDS = 5;

export const announced = $state({ text: '' });
const said = new Map<string, string>();
const waiting = new Map<string, string>();
let lastAt = Number.NEGATIVE_INFINITY;
let timer: ReturnType<typeof setTimeout> | undefined;

/** about: what the text is about; of several texts about the same thing only the last one is said. */
export function announce(about: string, text: string): void {
  if (said.get(about) === text) waiting.delete(about);
  else waiting.set(about, text);
  if (!waiting.size || timer !== undefined) return;
  timer = setTimeout(speakUp, Math.max(0, lastAt + SECONDS * 1000 - performance.now()));
}

function speakUp(): void {
  timer = undefined;
  if (!waiting.size) return;
  lastAt = performance.now();
  announced.text = [...waiting.values()].filter(Boolean).join(' ');
  for (const [about, text] of waiting) said.set(about, text);
  waiting.clear();
  // the five seconds count from when the page says it, which on a busy device is later
  void tick().then(() => {
    lastAt = performance.now();
  });
}
