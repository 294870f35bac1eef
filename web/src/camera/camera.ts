// The camera: opened after consent only, closed when nobody looks.

export type CameraTrouble = 'insecure' | 'refused' | 'none' | 'busy';

export class CameraError extends Error {
  override name = 'CameraError';
  constructor(readonly trouble: CameraTrouble) {
    super(`camera: ${trouble}`);
  }
}

export type Facing = 'user' | 'environment';

export async function openCamera(facing: Facing): Promise<MediaStream> {
  // browsers hide the camera from pages that came over plain HTTP from another device
  if (!navigator.mediaDevices?.getUserMedia) throw new CameraError('insecure');
  try {
    return await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { facingMode: facing, width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 } },
    });
  } catch (error) {
    const name = error instanceof DOMException ? error.name : '';
    if (name === 'NotAllowedError' || name === 'SecurityError') throw new CameraError('refused');
    if (name === 'NotFoundError' || name === 'OverconstrainedError') throw new CameraError('none');
    throw new CameraError('busy');
  }
}

export function closeCamera(stream: MediaStream | null): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/** With no limit on the rate, one picture is fetched while another is read. */
const AT_ONCE = 2;

/** Calls `take` for new pictures, at most `rate()` times a second; 0: as fast as they are read. */
export function watch(video: HTMLVideoElement, rate: () => number, take: () => Promise<void>): () => void {
  let going = true;
  let last = Number.NEGATIVE_INFINITY;
  let handle = 0;
  let taking = 0;
  const step = (now: number) => {
    if (!going) return;
    handle = video.requestVideoFrameCallback(step);
    const wanted = rate();
    // half a camera frame of tolerance, or 10/s of a 30/s camera becomes 7.5
    const due = !wanted || now - last >= 1000 / wanted - 15;
    if (document.hidden || video.readyState < 2 || !due || taking >= (wanted ? 1 : AT_ONCE)) return;
    last = now;
    taking++;
    void take().finally(() => {
      taking--;
    });
  };
  handle = video.requestVideoFrameCallback(step);
  return () => {
    going = false;
    video.cancelVideoFrameCallback(handle);
  };
}
