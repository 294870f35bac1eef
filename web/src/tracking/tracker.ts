// Who is who over time, and what they showed, smoothed, as tracking.py does it. Times are seconds.
import { argmax } from '../labels';
import type { Box, Face, Reading } from '../types';

export interface TrackingSettings {
  memory: number;
  reach: number;
  reach_growth: number;
  smoothing: number;
  margin: number;
  bar: number;
  hold: number;
  most: number;
}

export const DEFAULTS: TrackingSettings = {
  memory: 1.0,
  reach: 1.8,
  reach_growth: 1.0,
  smoothing: 0.4,
  margin: 0.1,
  bar: 0.35,
  hold: 1.0,
  most: 256,
};

const VELOCITY_SECONDS = 0.1;

interface Track {
  id: number;
  box: Box;
  time: number;
  velocity: [number, number];
  smoothed: Float32Array | null;
  label: number | null;
  clearTime: number;
}

const centre = ({ x, y, w, h }: Box): [number, number] => [x + w / 2, y + h / 2];

export class Tracker {
  private tracks: Track[] = [];
  private next = 1;

  constructor(readonly settings: TrackingSettings = DEFAULTS) {}

  /** Readings of the faces of one frame, in the order given; a frame from an earlier time forgets all tracks. */
  update(faces: Face[], time: number): Reading[] {
    if (this.tracks.some((track) => track.time > time)) this.tracks = [];
    this.tracks = this.tracks.filter((track) => time - track.time <= this.settings.memory);
    const matches = this.match(faces, time);
    const readings = faces.map((face, index) => {
      let track = matches.get(index);
      if (!track) {
        track = {
          id: this.next++,
          box: face.box,
          time,
          velocity: [0, 0],
          smoothed: null,
          label: null,
          clearTime: Number.NEGATIVE_INFINITY,
        };
        this.tracks.push(track);
      }
      this.smooth(track, face, time);
      move(track, face.box, time);
      return { ...face, time, trackId: track.id, smoothed: track.smoothed ?? face.probabilities, label: track.label };
    });
    if (this.tracks.length > this.settings.most) {
      this.tracks = this.tracks.sort((p, q) => p.time - q.time).slice(-this.settings.most);
    }
    return readings;
  }

  private match(faces: Face[], time: number): Map<number, Track> {
    const pairs: [cost: number, index: number, order: number][] = [];
    faces.forEach((face, index) => {
      this.tracks.forEach((track, order) => {
        const cost = costOf(face.box, track, time);
        const reach = this.settings.reach + this.settings.reach_growth * (time - track.time);
        if (cost <= reach) pairs.push([cost, index, order]);
      });
    });
    pairs.sort((p, q) => p[0] - q[0] || p[1] - q[1] || p[2] - q[2]);
    const matches = new Map<number, Track>();
    const taken = new Set<number>();
    for (const [, index, order] of pairs) {
      if (matches.has(index) || taken.has(order)) continue;
      matches.set(index, this.tracks[order]);
      taken.add(order);
    }
    return matches;
  }

  /** Exponential smoothing; faces that show nothing (small, blurred, turned) leave it as it was. */
  private smooth(track: Track, face: Face, time: number): void {
    const { smoothing, hold, margin, bar } = this.settings;
    const readable = face.unclear === null || face.unclear === 'unsure';
    if (!track.smoothed) {
      track.smoothed = face.probabilities;
    } else if (readable) {
      const elapsed = Math.max(time - track.time, 0);
      const share = smoothing > 0 ? 1 - Math.exp(-elapsed / smoothing) : 1;
      const before = track.smoothed;
      track.smoothed = before.map((value, i) => value + share * (face.probabilities[i] - value));
    }
    if (face.unclear === null) track.clearTime = time;
    if (time - track.clearTime > hold) track.label = null;
    else if (readable) track.label = steady(track.label, track.smoothed, margin, bar);
  }
}

function steady(label: number | null, smoothed: Float32Array, margin: number, bar: number): number | null {
  const best = argmax(smoothed);
  if (label === null) return smoothed[best] >= bar ? best : null;
  return smoothed[best] - smoothed[label] > margin ? best : label;
}

function move(track: Track, box: Box, time: number): void {
  const elapsed = time - track.time;
  if (elapsed > 0) {
    const [x0, y0] = centre(track.box);
    const [x1, y1] = centre(box);
    const share = 1 - Math.exp(-elapsed / VELOCITY_SECONDS);
    track.velocity = [
      track.velocity[0] + share * ((x1 - x0) / elapsed - track.velocity[0]),
      track.velocity[1] + share * ((y1 - y0) / elapsed - track.velocity[1]),
    ];
  }
  track.box = box;
  track.time = time;
}

/** Distance from the track's expected place, in sizes of the face, plus the change of size (log2). */
function costOf(box: Box, track: Track, time: number): number {
  const [x, y] = centre(box);
  const [x0, y0] = centre(track.box);
  const elapsed = time - track.time;
  const size = Math.sqrt(Math.max(box.w * box.h, 1));
  const before = Math.sqrt(Math.max(track.box.w * track.box.h, 1));
  const distance = Math.hypot(x - (x0 + track.velocity[0] * elapsed), y - (y0 + track.velocity[1] * elapsed));
  return distance / ((size + before) / 2) + Math.abs(Math.log2(size / before));
}
