// All of one's data as a file.
import { EMOTIONS } from '../labels';
import { database, everything } from './store';

const iso = (seconds: number) => new Date(seconds * 1000).toISOString();

export async function asJson(): Promise<string> {
  const { spells, entries, plays } = await everything();
  const bans = (await (await database()).getAll('bans')).filter(({ deleted }) => !deleted);
  const name = (index: number | null) => (index === null ? null : EMOTIONS[index].name);
  return JSON.stringify(
    {
      spells: spells.map(({ sent: _, emotion, readEmotion, start, end, ...rest }) => ({
        ...rest,
        start: iso(start),
        end: iso(end),
        emotion: name(emotion),
        readEmotion: name(readEmotion),
      })),
      entries: entries.map(({ sent: _, at, emotion, ...rest }) => ({ ...rest, at: iso(at), emotion: name(emotion) })),
      plays: plays.map(({ sent: _, at, emotion, ...rest }) => ({ ...rest, at: iso(at), emotion: name(emotion) })),
      bans: bans.map(({ title, artist }) => ({ title, artist })),
    },
    null,
    1,
  );
}

export async function asCsv(): Promise<string> {
  const { spells } = await everything();
  const head = ['start', 'end', 'emotion', 'unclear_share', 'readings', ...EMOTIONS.map((e) => e.name)];
  const rows = spells.map((spell) => [
    iso(spell.start),
    iso(spell.end),
    EMOTIONS[spell.emotion].name,
    spell.unclearShare.toFixed(4),
    spell.readings,
    ...spell.probabilities.map((p) => p.toFixed(4)),
  ]);
  return [head, ...rows].map((row) => row.join(',')).join('\r\n');
}

export function download(content: string, name: string, type: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
