/**
 * The least of a POP3 server, with STLS or with TLS from the first octet on. Deno has no TLS for
 * the server's side of a running connection, so STLS is a pipe to a TLS listener.
 *
 * @module
 */

import { latin1, text } from "./random.ts";
import { tlsListener } from "./tls_listener.ts";
import type { CertificateName, TlsListener } from "./tls_listener.ts";

type Connection = Deno.TcpConn | Deno.TlsConn;

/** Answers `+OK` to everything, over TLS. */
export function pop3sServer(certificate: CertificateName): TlsListener {
  return tlsListener(certificate, async (conn) => {
    await say(conn, "+OK over TLS\r\n");
    await converse(conn);
  });
}

/** Answers `+OK` to everything; after STLS over TLS. */
export function stlsServer(certificate: CertificateName): TlsListener {
  const inner = tlsListener(certificate, async (conn) => void await converse(conn));
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  serve(listener, inner);
  const { hostname, port } = listener.addr;
  const close = (): void => {
    listener.close();
    inner[Symbol.dispose]();
  };
  return { hostname, port, [Symbol.dispose]: close };
}

async function serve(listener: Deno.TcpListener, inner: TlsListener): Promise<void> {
  try {
    for await (const conn of listener) upgrade(conn, inner).catch(() => {});
  } catch {
    // Closed.
  }
}

async function upgrade(conn: Deno.TcpConn, inner: TlsListener): Promise<void> {
  await say(conn, "+OK in the clear\r\n");
  if (await converse(conn) !== "STLS") return conn.close();
  const behind = await Deno.connect({ hostname: inner.hostname, port: inner.port });
  await Promise.all([
    conn.readable.pipeTo(behind.writable).catch(() => {}),
    behind.readable.pipeTo(conn.writable).catch(() => {}),
  ]);
}

/** Answers until QUIT, STLS (which it gives back) or the end. */
async function converse(conn: Connection): Promise<string | undefined> {
  const buffer = new Uint8Array(1024);
  for (;;) {
    const count = await conn.read(buffer).catch(() => undefined);
    if (count === undefined || count === null) return undefined;
    const line = text(buffer.subarray(0, count)).trim();
    await say(conn, line === "CAPA" ? "+OK\r\nSASL PLAIN\r\n.\r\n" : "+OK\r\n");
    if (line === "STLS" || line === "QUIT") return line;
  }
}

async function say(conn: Connection, line: string): Promise<void> {
  await conn.write(latin1(line));
}
