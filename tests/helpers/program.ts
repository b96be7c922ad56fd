/**
 * Runs programs for tests: izypop3 itself, from source or as the compiled binary that the
 * environment's `IZYPOP3_BIN` names, and others from `PATH`.
 *
 * @module
 */
import { kill } from "./kill.ts";

/** What a program did. */
export interface Outcome {
  readonly code: number;
  readonly stdout: Uint8Array<ArrayBuffer>;
  /** Decoded as UTF-8, for messages. */
  readonly stderr: string;
}

/** How to run a program. */
export interface RunOptions {
  /** What it reads from standard input; nothing by default. */
  readonly stdin?: Uint8Array;
  /** Variables beside those that the test has. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where it runs; implies `apart`. */
  readonly cwd?: string;
  /** After so long it is killed. @default {60} */
  readonly seconds?: number;
  /** Whether izypop3 must be a process of its own. @default {false} */
  readonly apart?: boolean;
}

/** An izypop3 server that runs as a process of its own; disposing it ends it. */
export interface ServerProgram extends AsyncDisposable {
  readonly hostname: string;
  readonly port: number;
  readonly pid: number;
  /** What it has written to standard error so far. */
  log(): string;
  /** Waits for a line that has this in it, and gives it; what a server has done it logs soon. */
  logged(sign: string): Promise<string>;
  /** The exit code, once it has ended and all that it wrote is in the log. */
  readonly ended: Promise<number>;
  /** SIGTERM, and SIGKILL if it does not end in time; resolves to the exit code. */
  stop(): Promise<number>;
}

/**
 * Runs `izypop3 ...args` to its end: within this process, unless `IZYPOP3_BIN` names a program or
 * an option asks for a process.
 */
export async function runIzypop3(
  args: readonly string[],
  options: RunOptions = {},
): Promise<Outcome> {
  if (!hasBinary() && options.apart !== true && options.cwd === undefined) {
    const { runHere } = await import("./run_here.ts");
    return await runHere(args, options);
  }
  const [program, ...before] = izypop3Command();
  return await runProgram(program, [...before, ...args], options);
}

/** Runs any program to its end. */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Outcome> {
  const child = new Deno.Command(program, {
    args: [...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  }).spawn();
  const killer = setTimeout(() => kill(child), (options.seconds ?? 60) * 1000);
  // A program that does not read its input may be gone before all is written: no error of ours.
  const fed = feed(child.stdin, options.stdin).catch(() => {});
  const { code, stdout, stderr } = await child.output();
  clearTimeout(killer);
  await fed;
  return { code, stdout, stderr: new TextDecoder().decode(stderr) };
}

/** How to start a server. */
export interface ServeOptions {
  /** Variables beside those that the test has. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether the words are all that is said: no `serverpop3 --port 0` before them. */
  readonly asTheyAre?: boolean;
}

/** The ready line, in either form of the log; the address is IPv4. */
const READY =
  /listening on (?<text>\S+:\d+)\n|"msg":"listening","host":"(?<json>[^"]+","port":\d+).*\n/;

/** Starts `izypop3 serverpop3 --port 0 ...args` and waits for its ready line. */
export async function serveIzypop3(
  args: readonly string[],
  options: ServeOptions = {},
): Promise<ServerProgram> {
  const [program, ...before] = izypop3Command();
  const command = options.asTheyAre === true ? [] : ["serverpop3", "--port", "0"];
  const child = new Deno.Command(program, {
    args: [...before, ...command, ...args],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    ...(options.env === undefined ? {} : { env: options.env }),
  }).spawn();
  const stderr = collect(child.stderr);
  const stop = () => end(child, stderr.ended);
  try {
    const ready = await stderr.waitFor(READY);
    const { text, json } = ready.groups ?? {};
    const [hostname = "", port = ""] = (text ?? json?.replace('","port":', ":") ?? "").split(":");
    return {
      hostname,
      port: Number(port),
      pid: child.pid,
      log: stderr.text,
      logged: async (sign) => {
        const escaped = sign.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
        return (await stderr.waitFor(new RegExp(`^.*${escaped}.*(?=\\n)`, "m")))[0];
      },
      ended: child.status.then(async ({ code }) => {
        await stderr.ended;
        return code;
      }),
      stop,
      [Symbol.asyncDispose]: async () => void await stop(),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Ends a child by its pid and waits until it is gone; harmless when it ended by itself. */
export async function end(child: Deno.ChildProcess, ...also: Promise<unknown>[]): Promise<number> {
  kill(child, "SIGTERM");
  const killer = setTimeout(() => kill(child, "SIGKILL"), 5000);
  const { code } = await child.status;
  clearTimeout(killer);
  await Promise.all(also);
  return code;
}

/** The command that runs izypop3, with no more permissions than `deno task serve` grants. */
export function izypop3Command(): [string, ...string[]] {
  if (hasBinary()) return [Deno.env.get("IZYPOP3_BIN") ?? ""];
  const permissions = ["net", "read", "write", "env", "sys=hostname", "run=sh,cmd"];
  return [
    Deno.execPath(),
    "run",
    "--quiet",
    "--no-prompt",
    ...permissions.map((name) => `--allow-${name}`),
    new URL("../../cli.ts", import.meta.url).href,
  ];
}

function hasBinary(): boolean {
  return (Deno.env.get("IZYPOP3_BIN") ?? "") !== "";
}

async function feed(
  stdin: WritableStream<Uint8Array>,
  octets: Uint8Array | undefined,
): Promise<void> {
  const writer = stdin.getWriter();
  if (octets !== undefined) await writer.write(octets);
  await writer.close();
}

interface Collector {
  text(): string;
  waitFor(pattern: RegExp): Promise<RegExpMatchArray>;
  readonly ended: Promise<void>;
}

/** Reads all that a child writes, so that it never blocks, and lets one wait for a line. */
function collect(stream: ReadableStream<Uint8Array>): Collector {
  let said = "";
  let over = false;
  const waiting = new Set<() => void>();
  const wake = (): void => {
    for (const each of waiting) each();
    waiting.clear();
  };
  const ended = (async () => {
    for await (const part of stream.pipeThrough(new TextDecoderStream())) {
      said += part;
      wake();
    }
    over = true;
    wake();
  })();
  return {
    text: () => said,
    ended,
    async waitFor(pattern) {
      let late = false;
      const timer = setTimeout(() => {
        late = true;
        wake();
      }, 60_000);
      try {
        for (;;) {
          const found = said.match(pattern);
          if (found !== null) return found;
          if (over || late) {
            throw new Error(`Cannot wait for ${pattern}: the program only said:\n${said}`);
          }
          await new Promise<void>((resolve) => waiting.add(resolve));
        }
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
