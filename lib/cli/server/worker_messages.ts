/**
 * What the program and its workers tell each other: see `worker_pool.ts`.
 *
 * @module
 */
import type { MetricFamily } from "../../server/metrics/families.ts";
import type { PeerNews } from "../../server/peers.ts";
import type { ServerSettings } from "./serving.ts";

/** The first message to a worker; the port for all others comes with it. */
export interface WorkerStart {
  /** With the port that was picked and the password that was read or made up. */
  readonly settings: ServerSettings;
  readonly serverName: string;
  /** Made once: who does not exist must look the same to all workers. */
  readonly decoyKey: Uint8Array;
}

/** What a worker is asked for; each question is answered. */
export type WorkerQuestion =
  | { readonly kind: "metrics" }
  | { readonly kind: "reload"; readonly name: string }
  | { readonly kind: "shutdown"; readonly graceSeconds: number };

/** The later messages to a worker. */
export type ToWorker =
  | { readonly kind: "question"; readonly id: number; readonly question: WorkerQuestion }
  | { readonly kind: "news"; readonly from: number; readonly news: PeerNews }
  | { readonly kind: "forget"; readonly from: number };

/** What came of a question. */
export interface WorkerAnswer {
  readonly kind: "answer";
  readonly id: number;
  /** To a question about metrics. */
  readonly families?: readonly MetricFamily[];
  /** What went wrong, in words. */
  readonly error?: string;
}

/** The messages from a worker. */
export type FromWorker =
  | { readonly kind: "ready" }
  /** It cannot serve: what to tell people, and the program's exit code for it. */
  | { readonly kind: "failed"; readonly message: string; readonly exitCode: number }
  | { readonly kind: "news"; readonly news: PeerNews }
  | WorkerAnswer;
