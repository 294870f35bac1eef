// YouTube's player without cookies, spoken to by messages: its own script would need a wider content policy.
const ORIGIN = 'https://www.youtube-nocookie.com';
const ENDED = 0;

export function embedAddress(url: string): string {
  const address = new URL(url);
  address.searchParams.set('enablejsapi', '1');
  address.searchParams.set('autoplay', '1');
  address.searchParams.set('playsinline', '1');
  address.searchParams.set('origin', location.origin);
  return address.href;
}

/** Calls `ended` when the frame's video has ended. Gives what stops listening. */
export function listen(frame: HTMLIFrameElement, ended: () => void): () => void {
  const hear = (event: MessageEvent) => {
    if (event.origin !== ORIGIN || event.source !== frame.contentWindow) return;
    try {
      const said = JSON.parse(String(event.data)) as { info?: { playerState?: number } };
      if (said.info?.playerState === ENDED) ended();
    } catch {
      // other messages of the player are of no use here
    }
  };
  const greet = () => frame.contentWindow?.postMessage(JSON.stringify({ event: 'listening' }), ORIGIN);
  addEventListener('message', hear);
  frame.addEventListener('load', greet);
  return () => {
    removeEventListener('message', hear);
    frame.removeEventListener('load', greet);
  };
}
