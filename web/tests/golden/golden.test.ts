// What Python does, replayed: in Node and in Chromium.
import * as ort from 'onnxruntime-web/wasm';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { affect, BY_NAME, EMOTIONS, type EmotionName } from '../../src/labels';
import { phrase, sentence, short } from '../../src/phrases';
import { SpellMaker } from '../../src/tracking/spells';
import { DEFAULTS, Tracker } from '../../src/tracking/tracker';
import type { Box, Face, Point, Unclear } from '../../src/types';
import { autoSide, decode } from '../../src/vision/detector';
import { emotionContract, fetchManifest, fetchModel } from '../../src/vision/models';
import { align, detectorSize, detectorTensor } from '../../src/vision/preprocess';
import { sharpness, unclear } from '../../src/vision/quality';
import { Recognizer } from '../../src/vision/recognizer';
import { apart, cases, grey, picture, rgb } from './read';

type Row = [x: number, y: number, w: number, h: number];
const toBox = ([x, y, w, h]: Row): Box => ({ x, y, w, h });
const fromBox = ({ x, y, w, h }: Box): Row => [x, y, w, h];

function face(probabilities: ArrayLike<number>, reason: Unclear | null, box: Box = toBox([10, 10, 40, 50])): Face {
  const values = Float32Array.from(probabilities);
  return { box, score: 0.9, landmarks: [], probabilities: values, emotion: null, confidence: 0, unclear: reason };
}

let recognizer: Recognizer;
let model: string;

beforeAll(async () => {
  ort.env.wasm.numThreads = 1;
  if (typeof window !== 'undefined') {
    const { default: wasm } = await import('onnxruntime-web/ort-wasm-simd-threaded.wasm?url');
    ort.env.wasm.wasmPaths = { wasm };
  }
  const base = inject('models');
  const { detector, emotion } = await fetchManifest(base);
  model = emotion.sha256;
  recognizer = await Recognizer.create(
    ort,
    await fetchModel(base, detector),
    await fetchModel(base, emotion),
    emotionContract(emotion.manifest),
  );
}, 60_000);

describe('frame to detector tensor', async () => {
  const rows = await cases<{ frame: string; side: number; size: [number, number]; tensor: string }[]>('tensors');
  test.each(rows)('$tensor', async ({ frame, side, size, tensor }) => {
    const from = await picture(frame);
    expect(autoSide(from.width, from.height)).toBe(side);
    expect(detectorSize(from.width, from.height, side)).toEqual(size);
    const planes = detectorTensor(from, ...size);
    const expected = await rgb(tensor);
    const plane = size[0] * size[1];
    const mixed = expected.data.map((_, i) => planes[(i % 3) * plane + Math.floor(i / 3)]);
    expect(apart(mixed, expected.data)).toBeLessThanOrEqual(1);
  });
});

interface Found {
  threshold: number;
  faces: { box: Row; score: number; landmarks: Point[] }[];
}
interface Boxes {
  frame: Point;
  tensor: Point;
  heads: Record<'heatmap' | 'scale' | 'offset' | 'landmarks', [number[], number[]]>;
  cases: Found[];
}

describe('heads to boxes', async () => {
  const { frame, tensor, heads, cases: rows } = await cases<Boxes>('boxes');
  test.each(rows)('threshold $threshold', ({ threshold, faces }) => {
    const found = decode(
      {
        heatmap: heads.heatmap[1],
        scale: heads.scale[1],
        offset: heads.offset[1],
        landmarks: heads.landmarks[1],
        columns: heads.heatmap[0][3],
        rows: heads.heatmap[0][2],
      },
      [frame[0] / tensor[0], frame[1] / tensor[1]],
      frame,
      threshold,
    );
    expect(found).toHaveLength(faces.length);
    found.forEach((one, i) => {
      expect(apart(fromBox(one.box), faces[i].box)).toBeLessThan(0.5);
      expect(one.score).toBeCloseTo(faces[i].score, 3);
      expect(apart(one.landmarks.flat(), faces[i].landmarks.flat())).toBeLessThan(0.5);
    });
  });
});

interface Crops {
  model: string;
  cases: { frame: string; landmarks: Point[]; crop: string; probabilities: number[]; affect: number[] }[];
}

describe('frame and landmarks to crop to probabilities', async () => {
  const golden = await cases<Crops>('crops');
  test('the golden cases are those of the model in use', () => expect(golden.model).toBe(model));
  test.each(golden.cases)('$crop', async ({ frame, landmarks, crop, probabilities, affect: expected }) => {
    const { template, size } = recognizer.contract;
    const from = await picture(frame);
    const made = align(from, landmarks, template, size);
    const wanted = await grey(crop);
    expect(apart(made.data, wanted.data)).toBeLessThanOrEqual(1);
    const [values] = await recognizer.classifyCrops([wanted]);
    expect(apart(values, probabilities)).toBeLessThan(0.01);
    const [own] = await recognizer.classifyCrops([made]);
    expect(apart(own, probabilities)).toBeLessThan(0.01);
    expect(apart(affect(probabilities), expected)).toBeLessThan(0.001);
  });

  test('a whole picture: the face is found where Python finds it, and smiles', async () => {
    const { frame, landmarks } = golden.cases[0];
    const faces = await recognizer.recognize(await picture(frame));
    expect(faces).toHaveLength(1);
    // the golden landmarks come from the picture at another size
    expect(apart(faces[0].landmarks.flat(), landmarks.flat())).toBeLessThan(4);
    expect(faces[0].emotion).toBe(BY_NAME.happiness.index);
  });
});

interface UnclearCases {
  bar: number;
  sharpness: Record<string, number>;
  cases: { box: Row; landmarks: Point[]; crop: string; confidence: number; unclear: Unclear | null }[];
}

test('unclear', async () => {
  const golden = await cases<UnclearCases>('unclear');
  for (const [name, value] of Object.entries(golden.sharpness)) {
    expect(sharpness(await grey(name))).toBeCloseTo(value, 5);
  }
  for (const row of golden.cases) {
    const crop = await grey(row.crop);
    expect(unclear(toBox(row.box), row.landmarks, crop, row.confidence, golden.bar)).toBe(row.unclear);
  }
});

interface Track {
  name: string;
  frames: { time: number; boxes: Row[]; ids: number[] }[];
}

describe('detections over time to ids', async () => {
  test.each(await cases<Track[]>('tracks'))('$name', ({ frames }) => {
    const tracker = new Tracker();
    for (const { time, boxes, ids } of frames) {
      const faces = boxes.map((row) => face(new Float32Array(8).fill(1 / 8), null, toBox(row)));
      expect(tracker.update(faces, time).map((reading) => reading.trackId)).toEqual(ids);
    }
  });
});

interface Smoothing {
  settings: typeof DEFAULTS;
  steps: {
    time: number;
    probabilities: number[];
    unclear: Unclear | null;
    smoothed: number[];
    label: EmotionName | null;
  }[];
}

test('readings to smoothed labels', async () => {
  const { settings, steps } = await cases<Smoothing>('smoothing');
  expect(DEFAULTS).toEqual(settings);
  const tracker = new Tracker();
  for (const step of steps) {
    const [reading] = tracker.update([face(step.probabilities, step.unclear)], step.time);
    expect(apart(reading.smoothed, step.smoothed)).toBeLessThan(0.001);
    expect(reading.label === null ? null : EMOTIONS[reading.label].name).toBe(step.label);
  }
});

interface Spells {
  name: string;
  confidence: number;
  moments: [time: number, emotion: EmotionName | null, unclear: boolean][];
  spells: {
    start: number;
    end: number;
    emotion: EmotionName;
    probabilities: number[];
    readings: number;
    unclear_share: number;
  }[];
}

describe('readings to spells', async () => {
  test.each(await cases<Spells[]>('spells'))('$name', ({ confidence, moments, spells }) => {
    const maker = new SpellMaker();
    const made = moments.map(([time, emotion, reason]) => {
      const shown = BY_NAME[emotion ?? 'neutral'].index;
      const probabilities = EMOTIONS.map((e) => (e.index === shown ? confidence : (1 - confidence) / 7));
      return maker.add({ time, label: emotion && shown, probabilities, unclear: reason });
    });
    const all = [...made, maker.end()].filter((spell) => spell !== null);
    expect(all).toHaveLength(spells.length);
    all.forEach((spell, i) => {
      const wanted = spells[i];
      expect(spell).toMatchObject({ start: wanted.start, end: wanted.end, readings: wanted.readings });
      expect(EMOTIONS[spell.emotion].name).toBe(wanted.emotion);
      expect(apart(spell.probabilities, wanted.probabilities)).toBeLessThan(0.001);
      expect(spell.unclearShare).toBeCloseTo(wanted.unclear_share, 3);
    });
    expect(new Set(all.map((spell) => spell.id)).size).toBe(all.length);
  });
});

interface Words {
  probabilities: number[];
  unsure: boolean;
  level: string;
  en_short: string;
  en_sentence: string;
  ko_short: string;
  ko_sentence: string;
}

test('probabilities to words', async () => {
  for (const row of await cases<Words[]>('phrases')) {
    const found = phrase(row.probabilities, row.unsure);
    expect(found.level).toBe(row.level);
    expect(short(found, 'en')).toBe(row.en_short);
    expect(sentence(found, 'en')).toBe(row.en_sentence);
    expect(short(found, 'ko')).toBe(row.ko_short);
    expect(sentence(found, 'ko')).toBe(row.ko_sentence);
  }
});
