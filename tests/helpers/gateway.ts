/**
 * A data service for tests: speaks the wire of `lib/stores/izynode.ts` (written anew here, so that
 * the two check each other) in front of whatever runs SQL, and fails when told to.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { type Fetch, fetchFrom, serveHandler } from "./handler.ts";
import { SqlError, type SqlResult } from "./mariadb.ts";

/** How a request is to go wrong; `lost` and `cut` happen after the statements were run. */
export type Fault =
  | { readonly kind: "status"; readonly status: number }
  | { readonly kind: "fail"; readonly reason: string }
  | { readonly kind: "delay"; readonly milliseconds: number }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "lost" | "cut" | "short" };

/** What a request said. */
export interface GatewayRequest {
  readonly encoding: "plain" | "shift" | "hex";
  readonly token: string | undefined;
  readonly statements: readonly string[];
  /** Of the body as it came. */
  readonly octets: number;
}

/** A data service. */
export class Gateway {
  /** All requests so far. */
  readonly requests: GatewayRequest[] = [];
  /** Says what is to go wrong with a request; the default is nothing. */
  fault: (request: GatewayRequest) => Fault | undefined = () => undefined;
  readonly #execute: (sql: string) => Promise<SqlResult>;
  readonly #token: string | undefined;

  constructor(execute: (sql: string) => Promise<SqlResult>, token?: string) {
    this.#execute = execute;
    this.#token = token;
  }

  /** Stands in for `fetch`: nothing goes over a network. */
  readonly fetch: Fetch = fetchFrom((request) => this.handle(request));

  /** Serves on a free port of the loopback. */
  serve(): AsyncDisposable & { readonly url: string } {
    const served = serveHandler((request) => this.handle(request));
    return { ...served, url: `${served.url}/` };
  }

  /** Answers one request. */
  async handle(request: Request): Promise<Response> {
    if (request.method !== "POST" || !request.url.endsWith("/index.php")) {
      return new Response("<html>no such page</html>", { status: 404 });
    }
    const body = await request.text();
    const said = readRequest(body);
    this.requests.push(said);
    const fault = this.fault(said);
    if (fault?.kind === "delay") {
      await new Promise((resolve) => setTimeout(resolve, fault.milliseconds));
    }
    if (fault?.kind === "status") return new Response("no", { status: fault.status });
    if (fault?.kind === "text") return new Response(fault.text);
    if (fault?.kind === "fail") return new Response(`FAIL: ${fault.reason}`);
    const answer = await this.#answer(said);
    if (fault?.kind === "short") return new Response(answer.slice(0, answer.length / 2));
    if (fault?.kind === "lost" || fault?.kind === "cut") {
      return new Response(brokenOff(fault.kind === "lost" ? "" : answer));
    }
    return new Response(answer);
  }

  async #answer(request: GatewayRequest): Promise<string> {
    if (request.token !== this.#token) return `FAIL: the token ${request.token} is not known here`;
    let answer = "SUCCESS: OK";
    try {
      for (const sql of request.statements) answer = answerOf(await this.#execute(sql));
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      return `FAIL: ${error.message}`;
    }
    return answer;
  }
}

/** Takes a request's body apart. */
export function readRequest(body: string): GatewayRequest {
  const octets = new TextEncoder().encode(body).length;
  const encoding = body.startsWith("__enc") ? "shift" : body.startsWith("hex_") ? "hex" : "plain";
  let text = body;
  if (encoding === "shift") {
    text = unshifted(body.slice(5));
  } else if (encoding === "hex") {
    text = new TextDecoder().decode(Buffer.from(body.slice(4), "hex"));
  }
  const mark = "_=_:)a";
  let token: string | undefined;
  if (text.startsWith(mark)) {
    const end = text.indexOf(mark, mark.length);
    token = text.slice(mark.length, end);
    text = text.slice(end + mark.length);
  }
  return { encoding, token, statements: text.split("__QUERY_SEP__"), octets };
}

/** Every UTF-16 code unit minus one. */
function unshifted(text: string): string {
  const blocks: string[] = [];
  for (let from = 0; from < text.length; from += 10_000) {
    const block = text.slice(from, from + 10_000);
    const units = Uint16Array.from(
      { length: block.length },
      (_, at) => block.charCodeAt(at) - 1,
    );
    blocks.push(String.fromCharCode(...units));
  }
  return blocks.join("");
}

function answerOf(result: SqlResult): string {
  if (result === undefined) return "SUCCESS: OK";
  const decoder = new TextDecoder();
  const rows = result.map((row) =>
    row.map((value) => value === undefined ? "null" : decoder.decode(value))
  );
  const [first = []] = rows;
  if (rows.length === 1 && first.length === 1) return `SUCCESS: ${first[0]}`;
  const lines = rows.map((row) =>
    `__ROW__${row.map((value) => value.replaceAll(",", "__COMMA__")).join(",")}`
  );
  return `SUCCESS: ${lines.join("")}`;
}

/** The first half of a text, then the end of the connection. */
function brokenOff(text: string): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      const half = new TextEncoder().encode(text.slice(0, text.length / 2));
      if (half.length > 0) controller.enqueue(half);
      controller.error(new TypeError("connection reset"));
    },
  });
}
