/**
 * The data service over HTTP: sends statements, insists while that does no harm, and tells apart
 * what goes wrong. The token stays in the request's body; no error and no log line has it.
 *
 * @module
 */
import { StoreError } from "../errors.ts";
import {
  type Answer,
  decodeAnswer,
  encodeRequest,
  IZYNODE_CONTENT_TYPE,
  IZYNODE_PAGE,
  type IzynodeEncoding,
  type RequestBody,
  type Statement,
} from "../izynode.ts";
import { networkFailure, type ServiceFetch } from "../network_failure.ts";
import { joined } from "../../protocol/octets.ts";
import { retrying, type RetryPolicy } from "../retry.ts";
import { failure, httpFailure } from "./failures.ts";

/** How to reach a data service. */
export interface DataServiceOptions {
  /** Absolute, ends in `/`; checked already. */
  readonly url: string;
  readonly token: string | undefined;
  readonly encoding: IzynodeEncoding;
  readonly fetch: ServiceFetch;
  /** How long one attempt may take, beside what its octets take. */
  readonly timeoutSeconds: number;
  readonly retry: RetryPolicy;
}

/** An answer that grows beyond this many octets is not taken. */
const ANSWER_LIMIT = 128 * 1024 * 1024;

/** Octets a second that even a slow line moves: large requests get more time. */
const SLOW_LINE = 100_000;

/** Everything sent here may be sent again: whoever makes the statements sees to that. */
export class DataService {
  readonly #options: DataServiceOptions;
  /** Whether it takes a body that comes in pieces, as far as we know. */
  #takesPieces: boolean | undefined;

  constructor(options: DataServiceOptions) {
    this.#options = options;
  }

  /**
   * The rows that a statement gives. A row that says that no more follow is added to them, for
   * HTTP does not always show that an answer was cut.
   *
   * @param columns as many as `source` (what stands behind `select`'s columns) is to give
   */
  async select(
    what: string,
    columns: readonly string[],
    source: Statement,
    signal?: AbortSignal,
  ): Promise<readonly (readonly string[])[]> {
    const named = columns.map((column, index) => `${column} as c${index}`).join(", ");
    const blanks = columns.map(() => `''`).join(", ");
    const statement = [
      `select 'r' as mark, found.* from (select ${named} `,
      ...source,
      `) as found union all select 'e', ${blanks}`,
    ];
    const rows = await this.run(what, statement, signal);
    const width = columns.length + 1;
    if (rows.at(-1)?.[0] !== "e" || rows.some((row) => row.length !== width)) {
      throw new StoreError(
        "protocol",
        `Cannot ${what}: the data service's answer is not whole; look at its log`,
      );
    }
    return rows.slice(0, -1).map((row) => row.slice(1));
  }

  /** Has a statement carried out; returning means that the service said `SUCCESS`. */
  async run(
    what: string,
    statement: Statement,
    signal?: AbortSignal,
  ): Promise<readonly (readonly string[])[]> {
    const { encoding, token } = this.#options;
    const body = encodeRequest([statement], {
      encoding,
      ...(token === undefined ? {} : { token }),
    });
    if (!body.isLong || this.#takesPieces === false) return await this.#insist(what, body, signal);
    try {
      const rows = await this.#insist(what, body, signal, "in pieces");
      this.#takesPieces = true;
      return rows;
    } catch (error) {
      if (this.#takesPieces === true || !isRefusal(error)) throw error;
    }
    const rows = await this.#insist(what, body, signal);
    this.#takesPieces = false;
    return rows;
  }

  /** Has large requests sent whole from now on; `false` if they are already. */
  distrustPieces(): boolean {
    const isNews = this.#takesPieces === true;
    if (isNews) this.#takesPieces = false;
    return isNews;
  }

  async #insist(
    what: string,
    body: RequestBody,
    signal: AbortSignal | undefined,
    form: "whole" | "in pieces" = "whole",
  ): Promise<readonly (readonly string[])[]> {
    const whole = form === "whole" ? body.whole() : undefined;
    const answer = await retrying(
      async () => {
        const sent = whole ?? ReadableStream.from(body.pieces());
        const said = await this.#ask(what, sent, body.length, signal);
        if (said.outcome === "success") return said;
        throw failure(what, said.reason, this.#options.token);
      },
      this.#options.retry,
      signal,
    );
    return answer.rows;
  }

  async #ask(
    what: string,
    body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>>,
    octets: number,
    signal?: AbortSignal,
  ): Promise<Answer> {
    const seconds = this.#options.timeoutSeconds + Math.floor(octets / SLOW_LINE);
    const timeout = AbortSignal.timeout(seconds * 1000);
    try {
      const response = await this.#options.fetch(this.#options.url + IZYNODE_PAGE, {
        method: "POST",
        headers: { "content-type": IZYNODE_CONTENT_TYPE },
        body,
        // Elsewhere the token must not go.
        redirect: "manual",
        signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      });
      if (response.status !== 200) {
        await response.body?.cancel();
        throw httpFailure(what, response.status);
      }
      const text = new TextDecoder().decode(await readAll(what, response));
      const answer = decodeAnswer(text);
      if (answer !== undefined) return answer;
      throw new StoreError(
        "protocol",
        `Cannot ${what}: what answers is no data service, or its answer was cut (status 200, ` +
          `${text.length} characters that do not begin with SUCCESS or FAIL); check dataservice`,
      );
    } catch (error) {
      signal?.throwIfAborted();
      if (timeout.aborted) {
        throw new StoreError(
          "temporary",
          `Cannot ${what}: the data service gave no answer within ${seconds} seconds; try later`,
        );
      }
      throw networkFailure(what, error);
    }
  }
}

/** Whether the service answered, but not as to a request that it has understood. */
function isRefusal(error: unknown): boolean {
  return error instanceof StoreError && ["protocol", "denied", "input-output"].includes(error.kind);
}

async function readAll(what: string, response: Response): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let octets = 0;
  for await (const part of response.body ?? []) {
    octets += part.length;
    if (octets > ANSWER_LIMIT) {
      throw new StoreError("protocol", `Cannot ${what}: the data service's answer does not end`);
    }
    parts.push(part);
  }
  return joined(parts);
}
