import { expect, test, vi } from 'vitest';
import { watch } from '../../src/camera/camera';

/** A camera of so many pictures a second, by hand. */
function camera() {
  let step: ((now: number) => void) | null = null;
  const video = {
    readyState: 4,
    requestVideoFrameCallback: (callback: (now: number) => void) => {
      step = callback;
      return 1;
    },
    cancelVideoFrameCallback: () => {
      step = null;
    },
  };
  const frame = async (now: number) => {
    const run = step;
    step = null;
    await run?.(now);
  };
  return { video: video as unknown as HTMLVideoElement, frame, waits: () => step !== null };
}

test('ten a second of a camera with thirty, none in a hidden page, none after the end', async () => {
  vi.stubGlobal('document', { hidden: false });
  const { video, frame, waits } = camera();
  let taken = 0;
  const end = watch(
    video,
    () => 10,
    async () => void taken++,
  );
  for (let i = 0; i < 90; i++) await frame((i * 1000) / 30);
  expect(taken).toBe(30);
  vi.stubGlobal('document', { hidden: true });
  for (let i = 90; i < 120; i++) await frame((i * 1000) / 30);
  expect(taken).toBe(30);
  end();
  expect(waits()).toBe(false);
  vi.unstubAllGlobals();
});

test('without a limit one picture is fetched while another is read, and no more', async () => {
  vi.stubGlobal('document', { hidden: false });
  const { video, frame } = camera();
  const done: (() => void)[] = [];
  const end = watch(
    video,
    () => 0,
    () => new Promise<void>((resolve) => void done.push(resolve)),
  );
  for (let i = 0; i < 6; i++) await frame(i * 33);
  expect(done).toHaveLength(2);
  done[0]();
  await new Promise((later) => setTimeout(later));
  await frame(200);
  expect(done).toHaveLength(3);
  end();
  vi.unstubAllGlobals();
});
