import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { connect } from "../../lib/net/connect.ts";
import { CertificateError, ConnectionError } from "../../lib/net/errors.ts";
import { listen } from "../../lib/net/listener.ts";
import { canPin } from "../../lib/net/pinned_tls.ts";
import { permitted } from "../helpers/permissions.ts";
import { latin1, text } from "../helpers/random.ts";
import { pem, tlsListener } from "../helpers/tls_listener.ts";

permitted({ net: true }, "connect reaches a listener and tells both ends", async () => {
  const listener = listen({ hostname: "127.0.0.1", port: 0 });
  const incoming = listener[Symbol.asyncIterator]();
  const client = await connect(listener.address);
  const { value: server } = await incoming.next();
  assertEquals(client.secure, false);
  assertEquals(client.remote, listener.address);
  await server?.write(latin1("+OK\r\n"));
  const buffer = new Uint8Array(100);
  assertEquals(text(buffer.subarray(0, await client.read(buffer))), "+OK\r\n");
  server?.close();
  client.close();
  listener.close();
});

permitted({ net: true }, "a refused connection and an unknown host are told apart", async () => {
  const listener = listen({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  const { port } = listener.address;
  const refused = await assertRejects(() => connect(listener.address), ConnectionError);
  assertEquals(refused.kind, "refused");
  assertStringIncludes(refused.message, `Cannot connect to 127.0.0.1:${port}: nobody listens`);
  const unknown = await assertRejects(
    () => connect({ hostname: "no-such-host.invalid", port: 110 }),
    ConnectionError,
  );
  assertEquals(unknown.kind, "unknown-host");
});

permitted({ net: true }, "an abort ends an attempt with its reason", async () => {
  const listener = listen({ hostname: "127.0.0.1", port: 0 });
  const controller = new AbortController();
  const attempt = connect({ ...listener.address, signal: controller.signal });
  controller.abort(new Error("enough"));
  await assertRejects(() => attempt, Error, "enough");
  const signal = controller.signal;
  await assertRejects(() => connect({ ...listener.address, signal }), Error, "enough");
  listener.close();
});

permitted(
  { net: true, read: true },
  "TLS trusts a given CA, and a self-signed certificate",
  async () => {
    for (
      const [certificate, trusted] of [["server", "ca"], ["self_signed", "self_signed"]] as const
    ) {
      for (const name of ["localhost", "127.0.0.1"]) {
        using listener = tlsListener(certificate);
        const { hostname, port } = listener;
        const tls = { hostname: name, caCerts: [pem(trusted)] };
        const transport = await connect({ hostname, port, tls });
        assertEquals(transport.secure, true);
        transport.close();
      }
    }
  },
);

permitted(
  { net: true, read: true },
  "TLS refuses every certificate that is not right",
  async () => {
    const cases = [
      ["server", undefined, canPin() ? 'issued by "izypop3-test-ca"' : "issued by nobody"],
      ["wrong_name", "ca", "is for mail.example.org, pop.example.org, and we asked for localhost"],
      ["expired", "ca", "has expired (2021-01-01)"],
      ["self_signed", "ca", canPin() ? "is self-signed" : "issued by nobody"],
      ["self_signed_ca", undefined, "marked as that of a CA"],
    ] as const;
    for (const [certificate, trusted, reason] of cases) {
      using listener = tlsListener(certificate);
      const { hostname, port } = listener;
      const tls = {
        hostname: "localhost",
        ...(trusted === undefined ? {} : { caCerts: [pem(trusted)] }),
      };
      await assertRejects(() => connect({ hostname, port, tls }), CertificateError, reason);
    }
  },
);

permitted(
  { net: true },
  "TLS to a server that speaks plain text says which option is wrong",
  async () => {
    const listener = listen({ hostname: "127.0.0.1", port: 0 });
    const serving = (async () => {
      for await (const transport of listener) {
        await transport.write(latin1("+OK ready\r\n"));
        // Until the client is gone.
        while (await transport.read(new Uint8Array(1000)).catch(() => 0) > 0);
        transport.close();
      }
    })();
    const tls = { hostname: "localhost" };
    const error = await assertRejects(() => connect({ ...listener.address, tls }), ConnectionError);
    assertEquals(error.kind, "tls");
    assertStringIncludes(error.message, "--stls");
    listener.close();
    await serving;
  },
);
