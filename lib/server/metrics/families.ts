/**
 * Measurements as Prometheus reads them: its text format, version 0.0.4.
 *
 * @module
 */

/** One number of a family. */
export interface MetricSample {
  /** What the family's name has behind it, for a histogram's parts: `_bucket`, `_sum`, `_count`. */
  readonly suffix?: "_bucket" | "_sum" | "_count";
  /** By name. */
  readonly labels: Readonly<Record<string, string>>;
  /** In the family's unit: seconds, octets, or how many. */
  readonly value: number;
}

/** All numbers of one name. */
export interface MetricFamily {
  /** Letters, digits and underscores; those of counters end in `_total`. */
  readonly name: string;
  /** What it counts, in a sentence. */
  readonly help: string;
  /** Counters only grow, gauges do not. */
  readonly type: "counter" | "gauge" | "histogram";
  /** One for each set of labels. */
  readonly samples: readonly MetricSample[];
}

/** The content type of {@linkcode renderMetrics}. */
export const METRICS_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Families as text. */
export function renderMetrics(families: Iterable<MetricFamily>): string {
  let text = "";
  for (const { name, help, type, samples } of families) {
    text += `# HELP ${name} ${escaped(help)}\n# TYPE ${name} ${type}\n`;
    for (const { suffix = "", labels, value } of samples) {
      text += `${name}${suffix}${labelText(labels)} ${numberText(value)}\n`;
    }
  }
  return text;
}

/** The same families of several servers as one: numbers with the same labels are added. */
export function sumMetrics(servers: Iterable<readonly MetricFamily[]>): readonly MetricFamily[] {
  const families = new Map<string, MetricFamily>();
  const sums = new Map<string, Map<string, MetricSample>>();
  for (const family of [...servers].flat()) {
    const samples = sums.get(family.name) ?? new Map<string, MetricSample>();
    for (const sample of family.samples) {
      const key = `${sample.suffix ?? ""}${labelText(sample.labels)}`;
      samples.set(key, { ...sample, value: (samples.get(key)?.value ?? 0) + sample.value });
    }
    sums.set(family.name, samples);
    families.set(family.name, { ...family, samples: [] });
  }
  return [...families.values()].map((family) => ({
    ...family,
    samples: [...sums.get(family.name)?.values() ?? []],
  }));
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value).replaceAll('"', '\\"')}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function numberText(value: number): string {
  if (value === Infinity) return "+Inf";
  return value === -Infinity ? "-Inf" : String(value);
}
