/** What a server offers, as told by CAPA (RFC 2449 §3). */
export interface Capabilities {
  /** Whether `name`, in any case, is offered. */
  has(name: string): boolean;
  /** The parameters of `name`, in any case: `params("SASL")`; empty where there are none. */
  params(name: string): readonly string[];
  /** The lines as they came, without blank ones. */
  readonly lines: readonly string[];
}

/** Reads the lines of a reply to CAPA (un-stuffed, without the final dot). */
export function parseCapabilities(lines: Iterable<string>): Capabilities {
  const offered = new Map<string, string[]>();
  const kept: string[] = [];
  for (const line of lines) {
    const trimmed = line.trim();
    if (trimmed === "") continue;
    kept.push(trimmed);
    const [name = "", ...params] = trimmed.split(/[ \t]+/);
    // Some servers give one tag several lines: together they say what is offered.
    const known = offered.get(name.toUpperCase());
    if (known === undefined) {
      offered.set(name.toUpperCase(), params);
    } else {
      known.push(...params);
    }
  }
  return {
    has: (name) => offered.has(name.toUpperCase()),
    params: (name) => offered.get(name.toUpperCase()) ?? [],
    lines: kept,
  };
}
