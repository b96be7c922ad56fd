/**
 * The load generator: a process of its own with as little between it and the sockets as Deno
 * allows. It reads jobs from standard input, a JSON object a line, and answers each with a line.
 *
 * It does not decode what it downloads, since that would measure the generator: it counts
 * octets, checks that each reply begins with `+OK`, and finds the end by its last five octets
 * (lock-step, where nothing can follow) or by the number of octets (pipelined; the lock-step
 * run before it gives the number).
 *
 * @module
 */

/** What the generator is to do. */
export type Job =
  | {
    /** USER, PASS, UIDL, QUIT, over and over; one connection at a time for each user. */
    readonly kind: "sign-in";
    readonly port: number;
    readonly users: readonly string[];
    readonly password: string;
    /** Sessions in all. */
    readonly count: number;
  }
  | {
    /** RETR of messages 1 to `count`, each sent when the one before has come. */
    readonly kind: "lock-step";
    readonly port: number;
    readonly user: string;
    readonly password: string;
    readonly count: number;
  }
  | {
    /** The same, up to 100 commands in a write, never waiting. */
    readonly kind: "pipelined";
    readonly port: number;
    readonly user: string;
    readonly password: string;
    readonly count: number;
    /** Octets that the replies to RETR must have in all. */
    readonly octets: number;
  };

/** What the generator saw. */
export interface Result {
  /** From before the connection was opened to the last octet of the last reply asked for. */
  readonly seconds: number;
  /** Octets of the replies to UIDL or RETR. */
  readonly octets: number;
}

async function serveJobs(): Promise<void> {
  const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
  let held = "";
  for await (const part of lines) {
    held += part;
    for (let end = held.indexOf("\n"); end >= 0; end = held.indexOf("\n")) {
      // What comes on standard input was written by peers.ts, which uses the same type.
      const job = JSON.parse(held.slice(0, end)) as Job;
      held = held.slice(end + 1);
      console.log(JSON.stringify(await run(job)));
    }
  }
}

async function run(job: Job): Promise<Result> {
  const started = performance.now();
  const since = () => (performance.now() - started) / 1000;
  if (job.kind === "sign-in") {
    let left = job.count;
    const octets = await Promise.all(job.users.map(async (user) => {
      let sum = 0;
      while (left-- > 0) sum += await poll(job.port, user, job.password);
      return sum;
    }));
    return { seconds: since(), octets: octets.reduce((sum, each) => sum + each, 0) };
  }
  const session = await Session.open(job.port, job.user, job.password);
  let octets = 0;
  if (job.kind === "lock-step") {
    for (let number = 1; number <= job.count; number++) {
      octets += await session.ask(`RETR ${number}\r\n`, MULTI_LINE);
    }
  } else {
    const [counted] = await Promise.all([session.count(job.octets), session.sendAll(job.count)]);
    octets = counted;
  }
  const seconds = since();
  await session.quit();
  return { seconds, octets };
}

/** What a mail program does every few minutes. */
async function poll(port: number, user: string, password: string): Promise<number> {
  const session = await Session.open(port, user, password);
  const octets = await session.ask("UIDL\r\n", MULTI_LINE);
  await session.quit();
  return octets;
}

const SINGLE_LINE = new TextEncoder().encode("\r\n");
const MULTI_LINE = new TextEncoder().encode("\r\n.\r\n");
const PLUS = 0x2b;

class Session {
  readonly #conn: Deno.TcpConn;
  readonly #input = new Uint8Array(256 * 1024);

  private constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
    conn.setNoDelay(true);
  }

  static async open(port: number, user: string, password: string): Promise<Session> {
    const session = new Session(await Deno.connect({ hostname: "127.0.0.1", port }));
    await session.receive(SINGLE_LINE);
    await session.ask(`USER ${user}\r\n`, SINGLE_LINE);
    await session.ask(`PASS ${password}\r\n`, SINGLE_LINE);
    return session;
  }

  async ask(command: string, ending: Uint8Array): Promise<number> {
    await this.#send(command);
    return await this.receive(ending);
  }

  async sendAll(count: number): Promise<void> {
    for (let number = 1; number <= count;) {
      let block = "";
      for (const end = number + 100; number < end && number <= count; number++) {
        block += `RETR ${number}\r\n`;
      }
      await this.#send(block);
    }
  }

  async quit(): Promise<void> {
    await this.ask("QUIT\r\n", SINGLE_LINE);
    this.#conn.close();
  }

  /** Reads until what has come ends in `ending`. */
  async receive(ending: Uint8Array): Promise<number> {
    const input = this.#input;
    let octets = 0;
    // The end of the read before stands in front, so that an ending cut in two is found.
    let kept = 0;
    for (;;) {
      const count = await this.#conn.read(input.subarray(kept));
      if (count === null) throw new Error("The server closed the connection");
      if (octets === 0 && input[0] !== PLUS) throw this.#refused(count);
      octets += count;
      const filled = kept + count;
      if (endsWith(input, filled, ending)) return octets;
      kept = Math.min(filled, ending.length);
      input.copyWithin(0, filled - kept, filled);
    }
  }

  /** Reads exactly `octets` octets. */
  async count(octets: number): Promise<number> {
    let sum = 0;
    while (sum < octets) {
      const count = await this.#conn.read(this.#input);
      if (count === null) throw new Error("The server closed the connection");
      if (sum === 0 && this.#input[0] !== PLUS) throw this.#refused(count);
      sum += count;
    }
    if (sum > octets) throw new Error(`${sum - octets} octets too many: lock-step brought fewer`);
    return sum;
  }

  #refused(count: number): Error {
    return new Error(
      `The server said: ${new TextDecoder().decode(this.#input.subarray(0, count))}`,
    );
  }

  async #send(text: string): Promise<void> {
    const octets = new TextEncoder().encode(text);
    for (let at = 0; at < octets.length;) at += await this.#conn.write(octets.subarray(at));
  }
}

function endsWith(octets: Uint8Array, length: number, ending: Uint8Array): boolean {
  if (length < ending.length) return false;
  return ending.every((octet, index) => octets[length - ending.length + index] === octet);
}

if (import.meta.main) await serveJobs();
