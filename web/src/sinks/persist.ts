// The browser is asked not to throw away what somebody keeps here when its disk runs full. Asked when there is something
// to keep, once a visit: a browser may ask the person.
let asked = false;

export function persist(): void {
  if (asked || !navigator.storage?.persist) return;
  asked = true;
  navigator.storage.persist().catch(() => {
    // private windows may refuse; nothing else changes
  });
}
