/**
 * A listener with one of the test certificates; it does handshakes, hands connections to `serve`
 * and minds nothing that goes wrong with them.
 *
 * @module
 */

/** Names of files in `certs/`. */
export type CertificateName =
  | "ca"
  | "server"
  | "wrong_name"
  | "expired"
  | "not_yet"
  | "self_signed"
  | "self_signed_ca"
  | "self_signed_ca_wrong_name"
  | "self_signed_ca_expired";

/** A running listener; disposing it closes it. */
export interface TlsListener extends Disposable {
  readonly hostname: string;
  readonly port: number;
}

/** A certificate in PEM form. */
export function pem(name: CertificateName): string {
  return Deno.readTextFileSync(certificateUrl(`${name}.pem`));
}

/** Listens on a free port of 127.0.0.1; without `serve` it closes after the handshake. */
export function tlsListener(
  certificate: CertificateName,
  serve: (conn: Deno.TlsConn) => Promise<void> = () => Promise.resolve(),
): TlsListener {
  const listener = Deno.listenTls({
    hostname: "127.0.0.1",
    port: 0,
    cert: pem(certificate),
    key: Deno.readTextFileSync(certificateUrl(`${certificate}.key`)),
  });
  accept(listener, serve);
  const { hostname, port } = listener.addr;
  return { hostname, port, [Symbol.dispose]: () => listener.close() };
}

async function accept(
  listener: Deno.TlsListener,
  serve: (conn: Deno.TlsConn) => Promise<void>,
): Promise<void> {
  for (;;) {
    let conn: Deno.TlsConn;
    try {
      conn = await listener.accept();
    } catch {
      return;
    }
    try {
      await conn.handshake();
      await serve(conn);
    } catch {
      // A client that does not trust us goes away.
    } finally {
      conn.close();
    }
  }
}

/** Where a file of `certs/` is. */
export function certificateUrl(file: string): URL {
  return new URL(`certs/${file}`, import.meta.url);
}
