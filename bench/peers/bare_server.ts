/**
 * A server that only looks like POP3: every reply lies ready in memory. What the load generator
 * reaches against it is the most that it can measure, whatever the server.
 *
 * `bare_server.ts SMALL LARGE`: how many messages of either kind; writes its port to stdout.
 *
 * @module
 */

import { largeMessages, smallMessages } from "./messages.ts";

async function serve(): Promise<void> {
  const [small, large] = Deno.args.map(Number);
  const drops = new Map<string, Uint8Array[]>([
    ["small", smallMessages(small ?? 0, "crlf").map(reply)],
    ["large", largeMessages(large ?? 0, "crlf").map(reply)],
  ]);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  console.log(listener.addr.port);
  for await (const conn of listener) converse(conn, drops);
}

const OK = octets("+OK\r\n");
const LF = 10;

/** The whole answer to RETR; none of the messages has a line that begins with a dot. */
function reply(message: Uint8Array): Uint8Array {
  const whole = new Uint8Array(OK.length + message.length + 3);
  whole.set(OK);
  whole.set(message, OK.length);
  whole.set(octets(".\r\n"), OK.length + message.length);
  return whole;
}

async function converse(conn: Deno.TcpConn, drops: Map<string, Uint8Array[]>): Promise<void> {
  conn.setNoDelay(true);
  const input = new Uint8Array(64 * 1024);
  let held = 0;
  let drop: Uint8Array[] = [];
  await writeAll(conn, OK);
  for (;;) {
    const count = await conn.read(input.subarray(held));
    if (count === null) break;
    held += count;
    const end = input.subarray(0, held).lastIndexOf(LF) + 1;
    const commands = new TextDecoder().decode(input.subarray(0, end)).split("\r\n").slice(0, -1);
    input.copyWithin(0, end, held);
    held -= end;
    const replies: Uint8Array[] = [];
    for (const command of commands) {
      const [verb = "", argument = ""] = command.split(" ");
      if (verb === "USER") drop = drops.get(argument) ?? (drops.get("small") ?? []).slice(0, 10);
      replies.push(answer(verb, argument, drop));
    }
    await writeAll(conn, join(replies));
    if (commands.at(-1) === "QUIT") break;
  }
  conn.close();
}

function answer(verb: string, argument: string, drop: readonly Uint8Array[]): Uint8Array {
  if (verb === "RETR") return drop[Number(argument) - 1] ?? octets("-ERR\r\n");
  if (verb !== "UIDL") return OK;
  return octets(`+OK\r\n${drop.map((_, index) => `${index + 1} uid${index}\r\n`).join("")}.\r\n`);
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return first;
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

async function writeAll(conn: Deno.Conn, whole: Uint8Array): Promise<void> {
  for (let at = 0; at < whole.length;) at += await conn.write(whole.subarray(at));
}

function octets(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

if (import.meta.main) await serve();
