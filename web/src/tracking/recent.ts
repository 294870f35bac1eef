// Values of the last seconds.
export class Recent<T> {
  private kept: { time: number; value: T }[] = [];

  /** seconds: how far back values are kept. */
  constructor(private readonly seconds: number) {}

  add(time: number, value: T): void {
    this.kept = [...this.kept.filter((one) => time - one.time < this.seconds), { time, value }];
  }

  clear(): void {
    this.kept = [];
  }

  get values(): T[] {
    return this.kept.map(({ value }) => value);
  }

  /** How many came a second; 0 of fewer than two. */
  get rate(): number {
    const length = this.kept.length - 1;
    return length > 0 ? length / (this.kept[length].time - this.kept[0].time) : 0;
  }
}
