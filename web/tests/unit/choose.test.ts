import { describe, expect, test } from 'vitest';
import tsv from '../../../src/feeling_manager/music/starter.tsv?raw';
import { choose, parseCatalogue, placeOf } from '../../src/songs/choose';

const songs = parseCatalogue(tsv);

test('the starter catalogue is read whole', () => {
  expect(songs.length).toBeGreaterThan(300);
  for (const song of songs) {
    expect(song.title).not.toBe('');
    expect(song.genre).toBeGreaterThan(0);
    expect(song.moods.length).toBeGreaterThan(0);
  }
});

describe('choosing', () => {
  const draw = (seed: number) => () => {
    seed = (seed * 16807) % 2147483647;
    return seed / 2147483647;
  };
  const meanOf = (axis: 0 | 1, goal: 'match' | 'lift' | 'calm') => {
    const random = draw(7);
    const drawn = Array.from({ length: 400 }, () => choose(songs, 'sadness', goal, [], new Set(), random)!);
    return drawn.reduce((sum, song) => sum + placeOf(song.moods)![axis], 0) / drawn.length;
  };

  test('the goal moves the music: brighter to lift, brighter and quieter to calm', () => {
    expect(meanOf(0, 'match')).toBeLessThan(-0.3);
    expect(meanOf(0, 'lift')).toBeGreaterThan(meanOf(0, 'match') + 0.3);
    expect(meanOf(0, 'calm')).toBeGreaterThan(meanOf(0, 'match') + 0.3);
    expect(meanOf(1, 'calm')).toBeLessThan(meanOf(1, 'lift') - 0.2);
  });

  test('genres and bans are kept to; nothing left is said', () => {
    const jazz = songs.filter((song) => song.genre === 2);
    const banned = new Set(jazz.slice(1).map((song) => song.id));
    for (let i = 0; i < 20; i++) expect(choose(songs, 'happiness', 'match', [2], banned)).toEqual(jazz[0]);
    expect(choose(songs, 'happiness', 'match', [2], new Set(jazz.map((song) => song.id)))).toBeNull();
  });
});
