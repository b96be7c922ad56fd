import { assert, assertEquals, assertRejects } from "@std/assert";
import { connect } from "../../lib/net/connect.ts";
import { CertificateError, ConnectionError } from "../../lib/net/errors.ts";
import { canPin, connectPinned } from "../../lib/net/pinned_tls.ts";
import type { Transport } from "../../lib/net/transport.ts";
import { startOnFreePort } from "../helpers/ports.ts";
import { permitted } from "../helpers/permissions.ts";
import { end } from "../helpers/program.ts";
import { concat, latin1 } from "../helpers/random.ts";
import { pem, tlsListener } from "../helpers/tls_listener.ts";
import type { CertificateName } from "../helpers/tls_listener.ts";

const NEEDS = { net: true, read: true } as const;

function tlsFor(trusted: CertificateName, hostname = "localhost") {
  return { tls: { hostname, caCerts: [pem(trusted)] } };
}

/** Sends `octets` to a server that sends them back, and reads them all. */
async function echoed(transport: Transport, octets: Uint8Array): Promise<Uint8Array> {
  const writing = transport.write(octets);
  const parts: Uint8Array[] = [];
  const buffer = new Uint8Array(50_000);
  for (let received = 0; received < octets.length;) {
    const count = await transport.read(buffer);
    if (count === 0) break;
    parts.push(buffer.slice(0, count));
    received += count;
  }
  await writing;
  return concat(parts);
}

async function echo(conn: Deno.TlsConn): Promise<void> {
  const buffer = new Uint8Array(65_536);
  for (let count = await conn.read(buffer); count !== null; count = await conn.read(buffer)) {
    for (let at = 0; at < count;) at += await conn.write(buffer.subarray(at, count));
  }
}

Deno.test("only a Deno that checks the handshake's signature pins certificates", () => {
  for (const version of ["2.8.0", "2.9.6", "2.10.1", "3.0.0"]) assert(canPin(version), version);
  for (const version of ["1.46.3", "2.4.2", "2.6.8", "2.7.14"]) assert(!canPin(version), version);
});

permitted(
  NEEDS,
  "a self-signed certificate marked as a CA's is taken if it is the one given",
  async () => {
    for (const hostname of ["localhost", "127.0.0.1"]) {
      using listener = tlsListener("self_signed_ca", echo);
      const attempt = connect({ ...listener, ...tlsFor("self_signed_ca", hostname) });
      if (!canPin()) {
        await assertRejects(() => attempt, CertificateError, "basicConstraints=CA:FALSE");
        continue;
      }
      const transport = await attempt;
      assertEquals(transport.secure, true);
      assertEquals(transport.remote.port, listener.port);
      const octets = concat(
        Array.from({ length: 2000 }, (_, i) => latin1(`line ${i} \0\xff\r\n`.repeat(40))),
      );
      assertEquals(await echoed(transport, octets), octets);
      transport.close();
      transport.close();
      await assertRejects(() => transport.read(new Uint8Array(1)), ConnectionError);
      await assertRejects(() => transport.write(octets), ConnectionError);
    }
  },
);

permitted(
  NEEDS,
  "any other certificate of a CA is refused, and a wrong name, and a wrong date",
  async () => {
    const cases: readonly [shown: CertificateName, given: CertificateName, reason: string][] = [
      ["self_signed_ca", "ca", "not the one that was given"],
      ["self_signed_ca", "self_signed_ca_wrong_name", "not the one that was given"],
      [
        "self_signed_ca_wrong_name",
        "self_signed_ca_wrong_name",
        "DNS:mail.example.org, and we asked",
      ],
      ["self_signed_ca_expired", "self_signed_ca_expired", "has expired (2021-01-01)"],
    ];
    for (const [shown, given, reason] of cases) {
      using listener = tlsListener(shown);
      const expected = canPin() || reason.includes("expired") ? reason : "CA:FALSE";
      const attempt = () => connect({ ...listener, ...tlsFor(given) });
      await assertRejects(attempt, CertificateError, expected);
      if (!canPin()) continue;
      // Here nobody else looks at the dates.
      const direct = () => connectPinned({ ...listener, ...tlsFor(given) });
      await assertRejects(
        direct,
        CertificateError,
        reason.includes("expired") ? "valid from" : reason,
      );
    }
  },
);

permitted(NEEDS, "the peer's end, a pending read and an abort end it", async () => {
  if (!canPin()) return;
  {
    using listener = tlsListener("self_signed_ca");
    const transport = await connectPinned({ ...listener, ...tlsFor("self_signed_ca") });
    assertEquals(await transport.read(new Uint8Array(10)), 0);
    transport.close();
  }
  using listener = tlsListener("self_signed_ca", echo);
  const transport = await connectPinned({ ...listener, ...tlsFor("self_signed_ca") });
  const reading = assertRejects(() => transport.read(new Uint8Array(10)), ConnectionError);
  transport.close();
  await reading;
  const signal = AbortSignal.abort(new Error("never mind"));
  const aborted = () => connectPinned({ ...listener, ...tlsFor("self_signed_ca"), signal });
  await assertRejects(aborted, Error, "never mind");
});

permitted(
  { ...NEEDS, programs: ["openssl"] },
  "a server that shows the certificate but has not the key to it is refused",
  async () => {
    if (!canPin()) return;
    const file = (name: string) =>
      decodeURIComponent(new URL(`../helpers/certs/${name}`, import.meta.url).pathname);
    const { child, port } = await startOnFreePort((port) =>
      new Deno.Command("openssl", {
        args: ["s_server", "-tls1_2", "-quiet", "-accept", `127.0.0.1:${port}`]
          .concat("-cert", file("self_signed_ca.pem"), "-key", file("self_signed_ca.key")),
        stdin: "null",
        stdout: "null",
        stderr: "null",
      }).spawn()
    );
    try {
      const honest = forwarder(port, (octets) => octets);
      const transport = await connectPinned({ ...honest, ...tlsFor("self_signed_ca") });
      transport.close();
      const forged = forwarder(port, withWrongSignature);
      const attempt = () => connectPinned({ ...forged, ...tlsFor("self_signed_ca") });
      await assertRejects(attempt, Error, "Cannot");
    } finally {
      await end(child);
    }
  },
);

/** Forwards one connection, and what the server first says through `change`. */
function forwarder(port: number, change: (octets: Uint8Array) => Uint8Array) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  (async () => {
    const client = await listener.accept();
    listener.close();
    const server = await Deno.connect({ hostname: "127.0.0.1", port });
    client.readable.pipeTo(server.writable).catch(() => {});
    let first = true;
    const changing = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        controller.enqueue(first ? change(chunk) : chunk);
        first = false;
      },
    });
    await server.readable.pipeThrough(changing).pipeTo(client.writable).catch(() => {});
  })();
  const { hostname, port: own } = listener.addr;
  return { hostname, port: own };
}

/** Changes the last octet of TLS 1.2's ServerKeyExchange (type 12), which ends in its signature. */
function withWrongSignature(octets: Uint8Array): Uint8Array {
  const changed = octets.slice();
  for (let record = 0; record + 5 < changed.length;) {
    const recordEnd = record + 5 + number(changed, record + 3, 2);
    for (let at = record + 5; at + 4 < recordEnd;) {
      const messageEnd = at + 4 + number(changed, at + 1, 3);
      const last = changed[messageEnd - 1];
      if (changed[at] === 12 && last !== undefined) changed[messageEnd - 1] = last ^ 1;
      at = messageEnd;
    }
    record = recordEnd;
  }
  return changed;
}

function number(octets: Uint8Array, at: number, length: number): number {
  return octets.subarray(at, at + length).reduce((sum, octet) => sum * 256 + octet, 0);
}
