/**
 * Medians, ratios, and how they are shown.
 *
 * @module
 */

/** What was measured for one load. */
export interface Measurement {
  readonly name: string;
  /** What the amount counts. */
  readonly unit: string;
  /** How much was done in each round. */
  readonly amount: number;
  readonly peers: readonly PeerFigures[];
}

/** One server under one load. */
export interface PeerFigures {
  readonly name: string;
  /** Of each round. */
  readonly seconds: readonly number[];
  /** CPU seconds of the server a round, on average. */
  readonly cpu: number;
}

/**
 * A line a load: median rates, the ratio of the first peer to the second (above 1 the first is
 * faster), the spread of that ratio over the rounds, and CPU seconds a round.
 */
export function table(measurements: readonly Measurement[]): string {
  const names = measurements[0]?.peers.map((peer) => peer.name) ?? [];
  const [first = "", second = ""] = names;
  const head = [
    "load",
    "a second",
    ...names,
    `${first}/${second}`,
    "rounds",
    ...names.map((name) => `CPU s ${name}`),
    "CPU ratio",
  ];
  const rows = measurements.map((each) => {
    const [ours, theirs] = each.peers;
    const ratios = (ours?.seconds ?? []).map((own, index) => (theirs?.seconds[index] ?? 0) / own);
    return [
      each.name,
      each.unit,
      ...each.peers.map((peer) => rate(each.amount / median(peer.seconds))),
      median(ratios).toFixed(2),
      `${Math.min(...ratios).toFixed(2)}-${Math.max(...ratios).toFixed(2)}`,
      ...each.peers.map((peer) => peer.cpu.toFixed(2)),
      ((ours?.cpu ?? 0) / (theirs?.cpu ?? 0)).toFixed(2),
    ];
  });
  return layOut([head, ...rows]);
}

/** The middle value; of an even number, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const low = sorted[Math.ceil(middle) - 1] ?? 0;
  const high = sorted[Math.floor(middle)] ?? 0;
  return (low + high) / 2;
}

function rate(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(1);
}

function layOut(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length))
  );
  return rows
    .map((row) => row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join("  "))
    .join("\n");
}
