/**
 * What counts and measures: cheap to write, put into words only when somebody asks.
 *
 * @module
 */

import type { MetricFamily, MetricSample } from "./families.ts";

/** A counter for each value of its labels. Only values from a bounded set may be counted. */
export class Counters {
  readonly #name: string;
  readonly #help: string;
  readonly #labels: readonly string[];
  /** By the labels' values, with tabs between. */
  readonly #counts = new Map<string, number>();

  /** `known` are values that are shown before anything was counted; each has all labels'. */
  constructor(
    name: string,
    help: string,
    labels: readonly string[] = [],
    known: readonly (readonly string[])[] = [],
  ) {
    this.#name = name;
    this.#help = help;
    this.#labels = labels;
    for (const values of labels.length === 0 ? [[]] : known) this.#counts.set(keyOf(values), 0);
  }

  /** Adds to the counter with these labels' values. */
  add(amount: number, ...values: readonly string[]): void {
    const key = keyOf(values);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + amount);
  }

  /** What was counted; `more` is added where there are no labels. */
  family(more: number = 0): MetricFamily {
    const samples = [...this.#counts].map(([key, value]): MetricSample => {
      const values = key.split("\t");
      const labels = this.#labels.map((name, index) => [name, values[index] ?? ""]);
      return { labels: Object.fromEntries(labels), value: value + more };
    });
    return { name: this.#name, help: this.#help, type: "counter", samples };
  }
}

function keyOf(values: readonly string[]): string {
  return values.join("\t");
}

/** Upper bounds of the buckets in seconds: from what memory answers to what nobody waits for. */
const BOUNDS = [
  ...[0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05],
  ...[0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
] as const;

/** How long things took. */
export class Histogram {
  /** The last one is for what is above all bounds. */
  readonly #counts = new Float64Array(BOUNDS.length + 1);
  #sum = 0;

  /** It took so many seconds. Allocates nothing. */
  observe(seconds: number): void {
    let bucket = 0;
    while (bucket < BOUNDS.length && seconds > (BOUNDS[bucket] ?? 0)) bucket++;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += seconds;
  }

  /** Its parts, with these labels; what was never observed has none. */
  samples(labels: Readonly<Record<string, string>>): readonly MetricSample[] {
    let count = 0;
    const buckets = Array.from(this.#counts, (inBucket, index): MetricSample => {
      count += inBucket;
      const le = index < BOUNDS.length ? String(BOUNDS[index]) : "+Inf";
      return { suffix: "_bucket", labels: { ...labels, le }, value: count };
    });
    if (count === 0) return [];
    return [
      ...buckets,
      { suffix: "_sum", labels, value: this.#sum },
      { suffix: "_count", labels, value: count },
    ];
  }
}
