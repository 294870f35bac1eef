// The files of contracts/golden, as Vite gives them to Node and to the browser.
import { decode } from 'fast-png';
import type { Grey, Picture } from '../../src/types';

const json = import.meta.glob('../../../contracts/golden/*.json', { import: 'default' });
const pngs = import.meta.glob('../../../contracts/golden/*.png', { query: '?inline', import: 'default' });

export async function cases<T>(name: string): Promise<T> {
  return (await json[`../../../contracts/golden/${name}.json`]()) as T;
}

async function png(name: string) {
  const url = (await pngs[`../../../contracts/golden/${name}`]()) as string;
  return decode(await (await fetch(url)).arrayBuffer());
}

/** RGB bytes, interleaved. */
export async function rgb(name: string): Promise<{ data: Uint8Array; width: number; height: number }> {
  const { data, width, height, channels } = await png(name);
  if (channels !== 3) throw new Error(`${name} has ${channels} channels`);
  return { data: data as Uint8Array, width, height };
}

export async function picture(name: string): Promise<Picture> {
  const { data, width, height } = await rgb(name);
  const rgba = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let i = 0; i < width * height; i++) rgba.set(data.subarray(i * 3, i * 3 + 3), i * 4);
  return { data: rgba, width, height };
}

export async function grey(name: string): Promise<Grey> {
  const { data, width, height, channels } = await png(name);
  if (channels !== 1) throw new Error(`${name} has ${channels} channels`);
  return { data: data as Uint8Array, width, height };
}

/** The greatest difference between two pictures. */
export function apart(one: ArrayLike<number>, other: ArrayLike<number>): number {
  if (one.length !== other.length) throw new Error(`${one.length} values beside ${other.length}`);
  let most = 0;
  for (let i = 0; i < one.length; i++) most = Math.max(most, Math.abs(one[i] - other[i]));
  return most;
}
