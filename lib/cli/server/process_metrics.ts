/**
 * What is the same for all of a process, beside what its server counts.
 *
 * @module
 */
import { gauge } from "../../server/metrics.ts";
import type { MetricFamily } from "../../server/metrics/families.ts";
import { VERSION } from "../version.ts";

/** When we started, and what we are. */
export function processMetrics(startedMs: number): readonly MetricFamily[] {
  return [
    gauge(
      "process_start_time_seconds",
      "Start time of the process since unix epoch in seconds.",
      startedMs / 1000,
    ),
    gauge("izypop3_build_info", "The version; always 1.", 1, {
      version: VERSION,
      deno: Deno.version.deno,
    }),
  ];
}
