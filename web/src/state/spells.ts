// The spells of the face that is read now, kept as they end.
import { database } from '../sinks/store';
import { SpellMaker } from '../tracking/spells';
import type { Reading } from '../types';
import { changes } from './changes';

export class SpellKeeper {
  private readonly maker = new SpellMaker();
  /** What the model read while the person said something else. */
  private read: number | null = null;

  /** emotion: what counts. corrected: whether the person said it. */
  add(me: Reading, emotion: number | null, corrected: boolean): void {
    if (corrected) this.read = me.label;
    const { probabilities } = me;
    this.keep(this.maker.add({ time: Date.now() / 1000, label: emotion, probabilities, unclear: me.unclear !== null }));
  }

  end(): void {
    this.keep(this.maker.end());
  }

  private async keep(spell: ReturnType<SpellMaker['end']>): Promise<void> {
    if (!spell) return;
    const readEmotion = this.read !== null && this.read !== spell.emotion ? this.read : null;
    this.read = null;
    await (await database()).put('spells', { ...spell, readEmotion, sent: 0 });
    changes.notify();
  }
}
