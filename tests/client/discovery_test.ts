import { assertEquals } from "@std/assert";
import {
  discoverServer,
  PROVIDERS,
  providerServer,
  type ServiceRecord,
  type ServiceResolver,
} from "../../lib/client/discovery.ts";

function dns(records: Readonly<Record<string, readonly ServiceRecord[]>>): ServiceResolver {
  return (name) => Promise.resolve(records[name] ?? []);
}

const srv = (target: string, port = 995, priority = 0, weight = 0): ServiceRecord => {
  return { target, port, priority, weight };
};

Deno.test("TLS from the start goes before STLS, low priority and high weight before others", async () => {
  const resolve = dns({
    "_pop3s._tcp.example.org": [
      srv("late.example.org.", 995, 20, 9),
      srv("light.example.org.", 995, 10, 1),
      srv("heavy.example.org.", 9995, 10, 5),
    ],
    "_pop3._tcp.example.org": [srv("plain.example.org.", 110)],
  });
  assertEquals(await discoverServer("example.org", resolve), {
    hostname: "heavy.example.org",
    port: 9995,
    security: "tls",
  });
  assertEquals(await discoverServer("example.org", resolve, ["stls"]), {
    hostname: "plain.example.org",
    port: 110,
    security: "stls",
  });
});

Deno.test("a target that is the root says that there is no such server", async () => {
  const resolve = dns({
    "_pop3s._tcp.example.org": [srv(".", 0)],
    "_pop3._tcp.example.org": [srv("pop.example.org", 110)],
  });
  assertEquals((await discoverServer("example.org", resolve))?.security, "stls");
  assertEquals(await discoverServer("example.org", resolve, ["tls"]), undefined);
  assertEquals(await discoverServer("example.com", resolve), undefined);
});

Deno.test("every provider's server has TLS; GMX's depends on the address", () => {
  for (const provider of PROVIDERS) {
    const { port, security } = providerServer(provider);
    assertEquals([port, security], [995, "tls"], provider);
  }
  assertEquals(providerServer("gmx", "me@gmx.de").hostname, "pop.gmx.net");
  assertEquals(providerServer("gmx", "me@gmx.com").hostname, "pop.gmx.com");
});
