import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { Pop3Client } from "../../lib/client/client.ts";
import { CertificateError, ConnectionError, TimeoutError } from "../../lib/net/errors.ts";
import { listen } from "../../lib/net/listener.ts";
import { canPin } from "../../lib/net/pinned_tls.ts";
import type { Transport } from "../../lib/net/transport.ts";
import { latin1 } from "../helpers/random.ts";
import { permitted } from "../helpers/permissions.ts";
import { pop3sServer, stlsServer } from "../helpers/stls_server.ts";
import { type CertificateName, pem } from "../helpers/tls_listener.ts";

const NEEDS = { net: true, read: true } as const;
const SERVERS = { tls: pop3sServer, stls: stlsServer } as const;

for (const security of ["tls", "stls"] as const) {
  const start = SERVERS[security];

  permitted(NEEDS, `a session over ${security} is secure from the sign-in on`, async () => {
    using server = start("server");
    const { hostname, port } = server;
    await using client = await Pop3Client.connect({
      hostname,
      port,
      security,
      caCerts: [pem("ca")],
    });
    assertEquals(client.secure, true);
    await client.signIn({ user: "me", password: "secret" });
    await client.noop();
    await client.quit();
  });

  permitted(NEEDS, `over ${security} no certificate is taken that is not right`, async () => {
    for (const certificate of ["expired", "wrong_name", "self_signed"] as const) {
      using server = start(certificate);
      const { hostname, port } = server;
      const options = { hostname, port, security, caCerts: [pem("ca")] };
      await assertRejects(() => Pop3Client.connect(options), CertificateError);
    }
  });

  permitted(
    NEEDS,
    `over ${security} openssl's own kind of self-signed certificate will do`,
    async () => {
      using server = start("self_signed_ca");
      const { hostname, port } = server;
      const options = { hostname, port, security, caCerts: [pem("self_signed_ca")] };
      if (!canPin()) {
        await assertRejects(() => Pop3Client.connect(options), CertificateError, "CA:FALSE");
        return;
      }
      await using client = await Pop3Client.connect(options);
      assertEquals(client.secure, true);
      await client.signIn({ user: "me", password: "secret" });
      await client.quit();
      const others = { ...options, caCerts: [pem("ca")] };
      await assertRejects(() => Pop3Client.connect(others), CertificateError, "not the one");
      const untrusting = { hostname, port, security };
      await assertRejects(() => Pop3Client.connect(untrusting), CertificateError, "CA:FALSE");
    },
  );

  permitted(
    NEEDS,
    `over ${security} the certificate may be for another name if told so`,
    async () => {
      using server = start("wrong_name");
      const { hostname, port } = server;
      const tlsHostname = "pop.example.org";
      const options = { hostname, port, security, caCerts: [pem("ca")], tlsHostname };
      await using client = await Pop3Client.connect(options);
      assertEquals(client.secure, true);
    },
  );
}

/** A server that takes connections, says `line`, and nothing more. */
async function withMute(line: string, work: (port: number) => Promise<void>): Promise<void> {
  const listener = listen({ hostname: "127.0.0.1", port: 0 });
  const accepted: Transport[] = [];
  const serving = (async () => {
    for await (const transport of listener) {
      accepted.push(transport);
      await transport.write(latin1(line));
    }
  })();
  await work(listener.address.port);
  listener.close();
  await serving;
  // Deno keeps the socket of a handshake that was given up, so we cannot wait for its end.
  for (const transport of accepted) transport.close();
}

const MUTE = [
  ["tls", "", "a TLS handshake"],
  ["stls", "+OK\r\n+OK\r\n", "a handshake after STLS"],
  ["none", "", "a greeting"],
] as const;

for (const [security, line, what] of MUTE) {
  permitted(NEEDS, `${what} that does not come is given up after the time-out`, async () => {
    await withMute(line, async (port) => {
      const options = { hostname: "127.0.0.1", port, security, timeoutSeconds: 0.1 };
      await assertRejects(() => Pop3Client.connect(options), TimeoutError);
    });
  });

  permitted(NEEDS, `${what} that does not come is given up on an abort`, async () => {
    await withMute(line, async (port) => {
      const controller = new AbortController();
      const { signal } = controller;
      setTimeout(() => controller.abort(new Error("enough")), 50);
      const options = { hostname: "127.0.0.1", port, security, signal };
      await assertRejects(() => Pop3Client.connect(options), Error, "enough");
    });
  });
}

permitted(NEEDS, "a pending read over TLS ends with the time-out, and with close", async () => {
  using server = pop3sServer("server");
  const { hostname, port } = server;
  const options = { hostname, port, security: "tls", caCerts: [pem("ca")] } as const;
  // "+OK" is no listing: the server waits for us, and we for it.
  {
    await using client = await Pop3Client.connect({ ...options, timeoutSeconds: 0.1 });
    await assertRejects(() => client.list(), TimeoutError);
  }
  await using client = await Pop3Client.connect(options);
  const waiting = assertRejects(() => client.list(), ConnectionError);
  setTimeout(() => client.close(), 50);
  await waiting;
});

for (const security of ["tls", "stls"] as const) {
  permitted(
    NEEDS,
    `over ${security} a refused certificate says what is wrong with it`,
    async () => {
      const [trusted, other] = ["self_signed", "ca"] as const;
      // Deno before 2.8 does not tell what it has refused.
      const issuer = canPin()
        ? 'for "localhost", valid until 2120-01-01) was issued by "izypop3-test-ca"'
        : "issued by nobody whom this machine trusts";
      const own = canPin() ? "is self-signed" : "issued by nobody whom this machine trusts";
      const cases: readonly (readonly [CertificateName, CertificateName, ...string[]])[] = [
        ["server", trusted, issuer, "--tls-ca FILE"],
        ["self_signed", other, own, "--tls-ca FILE"],
        ["expired", other, "has expired (2021-01-01)", "renew", "clock"],
        ["not_yet", "not_yet", "is not valid yet (2100-01-01)", "clock"],
        [
          "wrong_name",
          other,
          "is for mail.example.org, pop.example.org, and we asked for 127.0.0.1",
        ],
      ];
      for (const [certificate, ca, ...words] of cases) {
        using server = SERVERS[security](certificate);
        const { hostname, port } = server;
        const options = { hostname, port, security, caCerts: [pem(ca)] };
        const error = await assertRejects(() => Pop3Client.connect(options), CertificateError);
        for (const word of words) assertStringIncludes(error.message, word);
        assertMatch(error.message, /^Cannot start TLS with 127\.0\.0\.1: .*\.$/);
      }
    },
  );
}
