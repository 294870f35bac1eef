// The films for the fake camera, made from a real face.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { film, python, type Scene } from '../../playwright.config';

const script = fileURLToPath(new URL('../../scripts/fake_camera.py', import.meta.url));
const scenes: Scene[] = ['smile', 'two', 'blurred'];

export default function setup(): void {
  mkdirSync(dirname(film('smile')), { recursive: true });
  for (const scene of scenes) execFileSync(python, [script, film(scene), '--scene', scene]);
}
