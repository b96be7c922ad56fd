/**
 * A server on a port that gives fixed answers: for what no real server would say.
 *
 * @module
 */
import { latin1, text } from "./random.ts";

/** A running server; disposing it ends it. */
export interface AnsweringServer extends AsyncDisposable {
  readonly hostname: string;
  readonly port: number;
  /** The command lines that came, of all connections. */
  readonly commands: () => readonly string[];
}

/** A plain `+OK` would begin a listing here. */
const BY_DEFAULT: Readonly<Record<string, string>> = { CAPA: "-ERR unknown\r\n" };

/**
 * Sends `banner`, and for each command the answer of that name (the whole line, or its verb); `+OK`
 * where there is none. After the answer to `hangUpAfter` it closes the connection.
 */
export function answeringServer(
  banner: string,
  answers: Readonly<Record<string, string>> = {},
  hangUpAfter?: string,
): AnsweringServer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const commands: string[] = [];
  const connections: Deno.TcpConn[] = [];
  const answer = async (connection: Deno.TcpConn): Promise<void> => {
    await connection.write(latin1(banner));
    for await (const line of linesOf(connection)) {
      commands.push(line);
      const verb = verbOf(line);
      const octets = latin1(answers[line] ?? answers[verb] ?? BY_DEFAULT[verb] ?? "+OK\r\n");
      for (let at = 0; at < octets.length;) at += await connection.write(octets.subarray(at));
      if (line === hangUpAfter) return connection.close();
    }
  };
  const serving = (async () => {
    for await (const connection of listener) {
      connections.push(connection);
      // A client that goes away in the middle is what some tests are about.
      answer(connection).catch(() => {});
    }
  })();
  return {
    hostname: "127.0.0.1",
    port: listener.addr.port,
    commands: () => commands,
    async [Symbol.asyncDispose]() {
      listener.close();
      await serving;
      for (const connection of connections) closeQuietly(connection);
    },
  };
}

function verbOf(line: string): string {
  return line.split(" ")[0] ?? "";
}

async function* linesOf(connection: Deno.TcpConn): AsyncGenerator<string> {
  let unread = "";
  const chunk = new Uint8Array(4096);
  for (;;) {
    const end = unread.indexOf("\r\n");
    if (end >= 0) {
      yield unread.slice(0, end);
      unread = unread.slice(end + 2);
      continue;
    }
    const count = await connection.read(chunk);
    if (count === null) return;
    unread += text(chunk.subarray(0, count));
  }
}

function closeQuietly(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It was closed before.
  }
}
