/**
 * What the servers cost, and the generator's process.
 *
 * @module
 */

import { end } from "../../tests/helpers/program.ts";
import type { Job, Result } from "./load.ts";

/** Seconds of CPU that a process and all its descendants have used, those that ended included. */
export async function cpuSeconds(pid: number): Promise<number> {
  const [ticks = "100"] = await shell("getconf CLK_TCK");
  const used = (await family(pid)).reduce((sum, each) => sum + each.ticks, 0);
  return used / Number(ticks);
}

/** Memory of a process and all its descendants in KiB; what they share is counted once. */
export async function memoryKib(pid: number): Promise<number> {
  const files = (await family(pid)).map((each) => `/proc/${each.pid}/smaps_rollup`);
  const lines = await shell(`cat ${files.join(" ")}`);
  return lines.filter((line) => line.startsWith("Pss:"))
    .reduce((sum, line) => sum + Number.parseInt(line.slice(4)), 0);
}

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly ticks: number;
}

async function family(pid: number): Promise<Process[]> {
  const processes = (await shell("cat /proc/[0-9]*/stat 2>/dev/null; true")).map(parseStat);
  const wanted = new Set([pid]);
  for (let size = 0; size !== wanted.size;) {
    size = wanted.size;
    for (const each of processes) if (wanted.has(each.parent)) wanted.add(each.pid);
  }
  return processes.filter((each) => wanted.has(each.pid));
}

/** Deno reads /proc only with all permissions, a shell without any. */
async function shell(command: string): Promise<string[]> {
  const { stdout } = await new Deno.Command("sh", { args: ["-c", command] }).output();
  return new TextDecoder().decode(stdout).trim().split("\n");
}

/** One line of `/proc/PID/stat`; the name in parentheses may itself hold spaces. */
function parseStat(line: string): Process {
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  // From proc(5), counted behind the name: parent 1, utime 11, stime 12, cutime 13, cstime 14.
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return { pid: Number.parseInt(line), parent: Number(fields[1]), ticks };
}

/** The load generator, one process for the whole run so that its code is warm. */
export class Generator implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: ReadableStreamDefaultReader<string>;

  constructor() {
    this.#child = spawnHere("load.ts", []);
    this.#writer = this.#child.stdin.getWriter();
    this.#lines = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  async run(job: Job): Promise<Result> {
    await this.#writer.write(new TextEncoder().encode(`${JSON.stringify(job)}\n`));
    const { value } = await this.#lines.read();
    if (value === undefined) throw new Error(`The load generator ended in ${job.kind}`);
    // Written by load.ts, which uses the same type.
    return JSON.parse(value) as Result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await end(this.#child);
  }
}

/** The bare server. */
export async function startBareServer(
  small: number,
  large: number,
): Promise<{ port: number; pid: number } & AsyncDisposable> {
  const child = spawnHere("bare_server.ts", [`${small}`, `${large}`]);
  const { value } = await child.stdout.pipeThrough(new TextDecoderStream()).getReader().read();
  return {
    port: Number(value),
    pid: child.pid,
    [Symbol.asyncDispose]: async () => void await end(child),
  };
}

function spawnHere(file: string, args: string[]): Deno.ChildProcess {
  const script = new URL(file, import.meta.url).href;
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--allow-net", script, ...args],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
}
