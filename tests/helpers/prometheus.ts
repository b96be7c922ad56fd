/**
 * A reader of Prometheus' text format 0.0.4 that forgives nothing.
 *
 * @module
 */

/** Numbers by `name{label="value",…}`, labels in the order in which they stand. */
export type Scrape = ReadonlyMap<string, number>;

const HELP = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) ((?:[^\\\n]|\\[\\n])+)$/;
const TYPE = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)$/;
const SAMPLE =
  /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\n"])*"(?:,[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\n"])*")*\})? (-?\d+(?:\.\d+)?(?:e[+-]\d+)?|[+-]Inf|NaN)$/;

/**
 * Reads a whole answer.
 *
 * @throws {Error} if a line is not of the format, HELP and TYPE do not come first and once, a
 * counter is not named or is below 0, a sample is there twice, or a histogram does not add up.
 */
export function readMetrics(text: string): Scrape {
  if (text !== "" && !text.endsWith("\n")) throw new Error("the last line is not finished");
  const samples = new Map<string, number>();
  const families = new Set<string>();
  let helped = "";
  let name = "";
  let type = "";
  for (const line of text.split("\n").slice(0, -1)) {
    const help = HELP.exec(line)?.[1];
    const typed = TYPE.exec(line);
    if (help !== undefined) {
      if (families.has(help)) throw new Error(`${help} is there twice`);
      families.add(helped = help);
    } else if (typed !== null) {
      [, name = "", type = ""] = typed;
      if (name !== helped) throw new Error(`the type of ${name} stands without help`);
      if ((type === "counter") !== name.endsWith("_total")) throw new Error(`${name}: ${type}`);
    } else addSample(samples, line, name, type);
  }
  checkHistograms(samples);
  return samples;
}

function addSample(samples: Map<string, number>, line: string, family: string, type: string): void {
  const [, name = "", labels = "", written = ""] = SAMPLE.exec(line) ?? [];
  const allowed = type === "histogram" ? ["_bucket", "_sum", "_count"] : [""];
  if (!allowed.some((suffix) => name === family + suffix)) throw new Error(`not here: ${line}`);
  const value = Number(written.replace("Inf", "Infinity"));
  if (type !== "gauge" && !(value >= 0)) throw new Error(`below 0: ${line}`);
  if (samples.has(name + labels)) throw new Error(`twice: ${line}`);
  samples.set(name + labels, value);
}

function checkHistograms(samples: Scrape): void {
  const last = new Map<string, { readonly bound: number; readonly count: number }>();
  for (const [key, count] of samples) {
    const [, name, labels, le = ""] = /^(\w+)_bucket\{(.*?),?le="([^"]+)"\}$/.exec(key) ?? [];
    if (name === undefined) continue;
    const of = labels === "" ? name : `${name}{${labels}}`;
    const bound = le === "+Inf" ? Infinity : Number(le);
    const before = last.get(of);
    if (before !== undefined && (before.bound >= bound || before.count > count)) {
      throw new Error(`buckets do not grow: ${key}`);
    }
    last.set(of, { bound, count });
  }
  for (const [of, { bound, count }] of last) {
    const [name = "", labels] = of.split("{");
    const rest = labels === undefined ? "" : `{${labels}`;
    if (bound !== Infinity) throw new Error(`no bucket for all: ${of}`);
    if (samples.get(`${name}_count${rest}`) !== count) throw new Error(`count of ${of}`);
    if (!samples.has(`${name}_sum${rest}`)) throw new Error(`no sum of ${of}`);
  }
}
