/**
 * One worker, as the program that started it sees it.
 *
 * @module
 */
import type { PeerNews } from "../../server/peers.ts";
import { WorkerFailure } from "../errors.ts";
import { EXIT } from "../exit_codes.ts";
import type {
  FromWorker,
  ToWorker,
  WorkerAnswer,
  WorkerQuestion,
  WorkerStart,
} from "./worker_messages.ts";

/** Who hears of a worker. */
export interface WorkerListener {
  /** It has something to tell the other workers. */
  news(news: PeerNews): void;
  /** It broke down, after it was ready; it answers nothing any more. */
  died(reason: string): void;
}

/** A thread that serves. */
export class WorkerHandle {
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #listener: WorkerListener;
  readonly #ready = Promise.withResolvers<void>();
  readonly #answers = new Map<number, (answer: WorkerAnswer | undefined) => void>();
  #isReady = false;
  #isOver = false;
  #asked = 0;

  private constructor(module: URL, name: string, start: WorkerStart, listener: WorkerListener) {
    const { port1, port2 } = new MessageChannel();
    this.#listener = listener;
    this.#port = port1;
    // The program has sent it, and nobody else has the port.
    port1.onmessage = ({ data }): void => this.#take(data as FromWorker);
    this.#worker = new Worker(module, { type: "module", name });
    this.#worker.addEventListener("error", (event) => {
      // Otherwise it would be our end as well.
      event.preventDefault();
      this.#break(event.message);
    });
    this.#worker.postMessage(start, [port2]);
  }

  /**
   * Starts one; resolves when it listens.
   *
   * @throws {WorkerFailure} if it cannot.
   */
  static async start(
    module: URL,
    name: string,
    start: WorkerStart,
    listener: WorkerListener,
  ): Promise<WorkerHandle> {
    const handle = new WorkerHandle(module, name, start, listener);
    await handle.#ready.promise;
    return handle;
  }

  /** Tells it something. */
  tell(message: ToWorker): void {
    if (!this.#isOver) this.#port.postMessage(message);
  }

  /** Asks it something; `undefined` if it has died, or dies before it answers. */
  ask(question: WorkerQuestion): Promise<WorkerAnswer | undefined> {
    if (this.#isOver) return Promise.resolve(undefined);
    const id = ++this.#asked;
    return new Promise((resolve) => {
      this.#answers.set(id, resolve);
      this.tell({ kind: "question", id, question });
    });
  }

  /** Ends it, whatever it is at. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#worker.terminate();
    this.#port.close();
    for (const resolve of this.#answers.values()) resolve(undefined);
    this.#answers.clear();
  }

  #take(message: FromWorker): void {
    switch (message.kind) {
      case "ready":
        this.#isReady = true;
        return this.#ready.resolve();
      case "failed":
        this.end();
        return this.#ready.reject(new WorkerFailure(message.message, message.exitCode));
      case "news":
        return this.#listener.news(message.news);
      case "answer": {
        this.#answers.get(message.id)?.(message);
        this.#answers.delete(message.id);
      }
    }
  }

  #break(reason: string): void {
    if (this.#isOver) return;
    this.end();
    if (this.#isReady) return this.#listener.died(reason);
    const message = `Cannot start a worker: ${reason}`;
    this.#ready.reject(new WorkerFailure(message, EXIT.bug));
  }
}
