/**
 * A worker of `serverpop3 --workers`: a thread that serves, with an event loop of its own. It is
 * started by `worker_pool.ts`, as a module of its own, so importing it is what makes it work.
 *
 * @module
 */
import { ServerMetrics } from "../../server/metrics.ts";
import { describeFailure, exitCodeOf } from "../exit_codes.ts";
import { denoIo } from "../io.ts";
import { serveInThread, serverLogger, type ThreadServing } from "./serving.ts";
import { signInOf } from "./sign_in.ts";
import type {
  FromWorker,
  ToWorker,
  WorkerAnswer,
  WorkerQuestion,
  WorkerStart,
} from "./worker_messages.ts";

globalThis.addEventListener("message", (event) => {
  if (!(event instanceof MessageEvent)) return;
  const [port] = event.ports;
  // worker_pool.ts posts nothing else.
  if (port !== undefined) void work(event.data as WorkerStart, port);
}, { once: true });

async function work(start: WorkerStart, port: MessagePort): Promise<void> {
  const tell = (message: FromWorker): void => port.postMessage(message);
  try {
    const serving = await begin(start, tell);
    port.onmessage = ({ data }): void => {
      // worker_pool.ts posts nothing else.
      const message = data as ToWorker;
      if (message.kind === "news") serving.server.hear(message.from, message.news);
      else if (message.kind === "forget") serving.server.forget(message.from);
      else void answer(serving, message.id, message.question).then(tell);
    };
    tell({ kind: "ready" });
  } catch (error) {
    const message = describeFailure(error) ?? "Cannot start a worker: it was stopped";
    tell({ kind: "failed", message, exitCode: exitCodeOf(error) });
  }
}

async function begin(
  { settings, serverName, decoyKey }: WorkerStart,
  tell: (message: FromWorker) => void,
): Promise<ThreadServing> {
  return await serveInThread(settings, {
    signIn: await signInOf(settings, decoyKey),
    serverName,
    logger: serverLogger(settings, denoIo().writeError),
    metrics: settings.metrics === undefined ? undefined : new ServerMetrics(),
    tellPeers: (news) => tell({ kind: "news", news }),
  });
}

async function answer(
  serving: ThreadServing,
  id: number,
  question: WorkerQuestion,
): Promise<WorkerAnswer> {
  try {
    switch (question.kind) {
      case "metrics":
        return { kind: "answer", id, families: await serving.metrics() };
      case "reload":
        await serving.reloads[question.name]?.();
        return { kind: "answer", id };
      case "shutdown":
        await serving.shutdown(question.graceSeconds);
        await serving[Symbol.asyncDispose]();
        return { kind: "answer", id };
    }
  } catch (error) {
    return { kind: "answer", id, error: error instanceof Error ? error.message : String(error) };
  }
}
