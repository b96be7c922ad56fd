/**
 * `list`, `stat`, `uidl`, `capa`: what the server tells of its messages and of itself.
 *
 * @module
 */
import { type Io, oneLine } from "../io.ts";
import { queried, type Task } from "./task.ts";

/** `NUMBER SIZE` a line. */
export async function list(task: Task): Promise<void> {
  const { io: { stdout }, settings: { json } } = task;
  for (const { number, size } of (await queried(task)).slice(0, task.settings.limit)) {
    await (json ? stdout.json({ id: number, size }) : stdout.line(`${number} ${size}`));
  }
}

/** `NUMBER UID` a line. */
export async function uidl(task: Task): Promise<void> {
  const { client, io, settings: { json, limit }, query } = task;
  const wanted = query === undefined
    ? undefined
    : new Set((await queried(task)).map(({ number }) => number));
  const entries = await client.uidl();
  const meant = entries.filter(({ number }) => wanted?.has(number) ?? true).slice(0, limit);
  for (const { number, uid } of meant) {
    if (json) await io.stdout.json({ id: number, uid });
    else await io.stdout.line(`${number} ${shown(io, uid)}`);
  }
}

/** `COUNT OCTETS`. */
export async function stat({ client, io: { stdout }, settings }: Task): Promise<void> {
  const { count, octets } = await client.stat();
  await (settings.json ? stdout.json({ count, octets }) : stdout.line(`${count} ${octets}`));
}

/** A capability a line. */
export async function capa({ client, io, settings }: Task): Promise<void> {
  for (const capability of (await client.capa()).lines) {
    if (settings.json) await io.stdout.json({ capability });
    else await io.stdout.line(shown(io, capability));
  }
}

/** A server's words are data for a program, and must not steer a terminal. */
function shown(io: Io, words: string): string {
  return io.outputIsTerminal() ? oneLine(words) : words;
}
