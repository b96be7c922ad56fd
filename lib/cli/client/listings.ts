/**
 * `list`, `stat`, `uidl`, `capa`: what the server tells of its messages and of itself.
 *
 * @module
 */
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
  const { client, io: { stdout }, settings: { json, limit }, query } = task;
  const wanted = query === undefined
    ? undefined
    : new Set((await queried(task)).map(({ number }) => number));
  const entries = await client.uidl();
  const meant = entries.filter(({ number }) => wanted?.has(number) ?? true).slice(0, limit);
  for (const { number, uid } of meant) {
    await (json ? stdout.json({ id: number, uid }) : stdout.line(`${number} ${uid}`));
  }
}

/** `COUNT OCTETS`. */
export async function stat({ client, io: { stdout }, settings }: Task): Promise<void> {
  const { count, octets } = await client.stat();
  await (settings.json ? stdout.json({ count, octets }) : stdout.line(`${count} ${octets}`));
}

/** A capability a line. */
export async function capa({ client, io: { stdout }, settings }: Task): Promise<void> {
  for (const capability of (await client.capa()).lines) {
    await (settings.json ? stdout.json({ capability }) : stdout.line(capability));
  }
}
