import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ConnectionError } from "../../lib/net/errors.ts";
import { memoryPair } from "../../lib/net/memory_transport.ts";
import { readProxyHeader } from "../../lib/net/proxied_transport.ts";
import { ProxyHeaderError, ProxyHeaderReader } from "../../lib/net/proxy_protocol.ts";
import { binaryHeader, ipv4Body, ipv6Body } from "../helpers/proxy_headers.ts";
import { concat, latin1, octetByOctet, randomCuts, seeded, text } from "../helpers/random.ts";

const V6 = [0x2001, 0xdb8, 0, 0, 0, 0, 0, 0x17];
const MAPPED = [0, 0, 0, 0, 0, 0xffff, 0xc000, 0x209];

/** Headers, and the client that they name; `""` where the connection's own end counts. */
const VALID: readonly (readonly [name: string, header: Uint8Array, source: string])[] = [
  ["TCP4", latin1("PROXY TCP4 192.0.2.9 10.0.0.1 4711 110\r\n"), "192.0.2.9 4711"],
  ["TCP4, extremes", latin1("PROXY TCP4 0.0.0.0 255.255.255.255 0 65535\r\n"), "0.0.0.0 0"],
  ["TCP6", latin1("PROXY TCP6 2001:DB8:0:0::17 ::1 4711 110\r\n"), "2001:db8::17 4711"],
  ["TCP6, mapped", latin1("PROXY TCP6 ::ffff:192.0.2.9 ::1 4711 110\r\n"), "192.0.2.9 4711"],
  [
    "TCP6, the longest",
    latin1(`PROXY TCP6 ${"ffff:".repeat(7)}ffff ${"ffff:".repeat(7)}ffff 65535 65535\r\n`),
    `${"ffff:".repeat(7)}ffff 65535`,
  ],
  ["UNKNOWN", latin1("PROXY UNKNOWN\r\n"), ""],
  ["UNKNOWN, 107 octets", latin1(`PROXY UNKNOWN ${"f".repeat(91)}\r\n`), ""],
  ["binary, IPv4", binaryHeader(0x21, 0x11, ipv4Body([192, 0, 2, 9], 4711)), "192.0.2.9 4711"],
  [
    "binary, IPv4, extensions",
    binaryHeader(0x21, 0x11, ipv4Body([192, 0, 2, 9], 4711, 300)),
    "192.0.2.9 4711",
  ],
  ["binary, IPv6", binaryHeader(0x21, 0x21, ipv6Body(V6, 65535)), "2001:db8::17 65535"],
  [
    "binary, IPv6, one octet more",
    binaryHeader(0x21, 0x21, ipv6Body(V6, 1, 1)),
    "2001:db8::17 1",
  ],
  ["binary, IPv4-mapped", binaryHeader(0x21, 0x21, ipv6Body(MAPPED, 4711)), "192.0.2.9 4711"],
  ["binary, AF_UNIX", binaryHeader(0x21, 0x31, new Uint8Array(216).fill(65)), ""],
  ["binary, UNSPEC", binaryHeader(0x21, 0x00, new Uint8Array(0)), ""],
  ["binary, UNSPEC, extensions", binaryHeader(0x21, 0x00, new Uint8Array(9)), ""],
  ["binary, LOCAL", binaryHeader(0x20, 0x00, new Uint8Array(0)), ""],
  ["binary, LOCAL, whatever it says", binaryHeader(0x20, 0xff, new Uint8Array(3)), ""],
  ["binary, LOCAL, with addresses", binaryHeader(0x20, 0x11, ipv4Body([192, 0, 2, 9], 1)), ""],
];

/** What must never be taken for a header. */
const INVALID: readonly (readonly [name: string, octets: Uint8Array])[] = [
  ["a command", latin1("USER me\r\n")],
  ["a TLS record", Uint8Array.of(22, 3, 1, 2, 0, 1)],
  ["lower case", latin1("proxy TCP4 192.0.2.9 10.0.0.1 4711 110\r\n")],
  ["PROXY alone", latin1("PROXY\r\n")],
  ["a family that is none", latin1("PROXY UDP4 192.0.2.9 10.0.0.1 4711 110\r\n")],
  ["a family in lower case", latin1("PROXY tcp4 192.0.2.9 10.0.0.1 4711 110\r\n")],
  ["two spaces", latin1("PROXY TCP4  192.0.2.9 10.0.0.1 4711 110\r\n")],
  ["a space at the end", latin1("PROXY TCP4 192.0.2.9 10.0.0.1 4711 110 \r\n")],
  ["a part missing", latin1("PROXY TCP4 192.0.2.9 10.0.0.1 4711\r\n")],
  ["IPv6 as TCP4", latin1("PROXY TCP4 2001:db8::1 10.0.0.1 4711 110\r\n")],
  ["IPv4 as TCP6", latin1("PROXY TCP6 192.0.2.9 10.0.0.1 4711 110\r\n")],
  ["brackets", latin1("PROXY TCP6 [::1] ::1 4711 110\r\n")],
  ["a zone", latin1("PROXY TCP6 fe80::1%eth0 ::1 4711 110\r\n")],
  ["zeros before a number", latin1("PROXY TCP4 192.0.2.09 10.0.0.1 4711 110\r\n")],
  ["zeros before a port", latin1("PROXY TCP4 192.0.2.9 10.0.0.1 04711 110\r\n")],
  ["a number that is too large", latin1("PROXY TCP4 192.0.2.256 10.0.0.1 4711 110\r\n")],
  ["a port that is too large", latin1("PROXY TCP4 192.0.2.9 10.0.0.1 65536 110\r\n")],
  ["a bad destination", latin1("PROXY TCP4 192.0.2.9 nowhere 4711 110\r\n")],
  ["a bare LF", latin1("PROXY TCP4 192.0.2.9 10.0.0.1 4711 110\n")],
  ["a bare CR", latin1("PROXY TCP4 192.0.2.9 10.0.0.1 4711 110\rQUIT\r\n")],
  ["two CRs", latin1("PROXY UNKNOWN\r\r\n")],
  ["108 octets", latin1(`PROXY UNKNOWN ${"f".repeat(92)}\r\n`)],
  ["no end", latin1(`PROXY UNKNOWN ${"f".repeat(5000)}`)],
  ["version 1 in binary", binaryHeader(0x11, 0x11, ipv4Body([192, 0, 2, 9], 1))],
  ["version 3", binaryHeader(0x31, 0x11, ipv4Body([192, 0, 2, 9], 1))],
  ["a command that is none", binaryHeader(0x22, 0x11, ipv4Body([192, 0, 2, 9], 1))],
  ["an address family that is none", binaryHeader(0x21, 0x41, ipv4Body([192, 0, 2, 9], 1))],
  ["a datagram", binaryHeader(0x21, 0x12, ipv4Body([192, 0, 2, 9], 1))],
  ["a transport that is none", binaryHeader(0x21, 0x1f, ipv4Body([192, 0, 2, 9], 1))],
  ["IPv4, too short", binaryHeader(0x21, 0x11, ipv4Body([192, 0, 2, 9], 1), 11)],
  ["IPv6, too short", binaryHeader(0x21, 0x21, ipv6Body(V6, 1), 35)],
  ["AF_UNIX, too short", binaryHeader(0x21, 0x31, new Uint8Array(215))],
  ["a signature that is wrong at its end", latin1("\r\n\r\n\0\r\nQUIT\r")],
];

/** The client that the header in `pieces` names, and what is left of them. */
function read(pieces: readonly Uint8Array[]): readonly [source: string, rest: string] {
  const reader = new ProxyHeaderReader();
  const rest = pieces.map((piece) => piece.subarray(reader.push(piece)));
  const { header } = reader;
  assert(header !== undefined, "the header is not complete");
  const { source } = header;
  return [source === undefined ? "" : `${source.hostname} ${source.port}`, text(concat(rest))];
}

for (const [name, header, source] of VALID) {
  Deno.test(`PROXY header, ${name}: the same however it is cut, and what follows is kept`, () => {
    const whole = concat([header, latin1("CAPA\r\n")]);
    for (let at = 0; at <= whole.length; at++) {
      assertEquals(read([whole.slice(0, at), whole.slice(at)]), [source, "CAPA\r\n"], `at ${at}`);
    }
    assertEquals(read(octetByOctet(whole)), [source, "CAPA\r\n"]);
    const random = seeded(header.length);
    for (let run = 0; run < 20; run++) {
      assertEquals(read(randomCuts(whole, random)), [source, "CAPA\r\n"]);
    }
  });

  Deno.test(`PROXY header, ${name}: not complete before its last octet`, () => {
    const reader = new ProxyHeaderReader();
    assertEquals(reader.push(header.subarray(0, -1)), header.length - 1);
    assertEquals(reader.header, undefined);
    assertEquals(reader.push(header.subarray(-1)), 1);
    assert(reader.header !== undefined);
  });
}

for (const [name, octets] of INVALID) {
  Deno.test(`PROXY header, ${name}: refused, however it is cut`, () => {
    assertThrows(() => new ProxyHeaderReader().push(octets), ProxyHeaderError);
    const reader = new ProxyHeaderReader();
    assertThrows(() => octetByOctet(octets).forEach((each) => reader.push(each)), ProxyHeaderError);
  });
}

Deno.test("PROXY header: extensions up to 65535 octets are skipped without being held", () => {
  const header = binaryHeader(0x21, 0x11, ipv4Body([192, 0, 2, 9], 4711, 65535 - 12));
  const random = seeded(7);
  for (let run = 0; run < 5; run++) {
    assertEquals(read(randomCuts(concat([header, latin1("x")]), random)), ["192.0.2.9 4711", "x"]);
  }
});

Deno.test("random octets are refused or taken whole, never more than a header's length", () => {
  const random = seeded(4711);
  for (let run = 0; run < 3000; run++) {
    const [, header] = VALID[Math.floor(random() * VALID.length)] ?? ["", new Uint8Array(0)];
    const damaged = header.slice();
    for (let hits = 0; hits < 1 + Math.floor(random() * 3); hits++) {
      damaged[Math.floor(random() * damaged.length)] = Math.floor(random() * 256);
    }
    const outcome = (pieces: readonly Uint8Array[]): string => {
      try {
        const reader = new ProxyHeaderReader();
        const used = pieces.reduce((sum, piece) => sum + reader.push(piece), 0);
        return `${used} ${JSON.stringify(reader.header)}`;
      } catch (error) {
        assert(error instanceof ProxyHeaderError);
        return error.message;
      }
    };
    assertEquals(outcome(randomCuts(damaged, random)), outcome([damaged]));
  }
});

Deno.test("a connection looks like the client's own behind its header", async () => {
  const [proxy, server] = memoryPair();
  await proxy.write(latin1("PROXY TCP4 192.0.2.9 10.0.0.1 4711 110\r\nQUIT\r\n"));
  const client = await readProxyHeader(server);
  assertEquals(client.remote, { hostname: "192.0.2.9", port: 4711 });
  assertEquals(client.local, server.local);
  const into = new Uint8Array(4);
  assertEquals(text(into.subarray(0, await client.read(into))), "QUIT");
  assertEquals(text(into.subarray(0, await client.read(into))), "\r\n");
  await proxy.write(latin1("more"));
  assertEquals(text(into.subarray(0, await client.read(into))), "more");
  await client.write(latin1("+OK\r\n"));
  assertEquals(await proxy.read(into), 4);
  client.close();
  await assertRejects(() => client.read(into), ConnectionError);
});

Deno.test("what came behind the header is not read any more once the connection is closed", async () => {
  const [proxy, server] = memoryPair();
  await proxy.write(latin1("PROXY TCP4 192.0.2.9 10.0.0.1 4711 110\r\nQUIT\r\n"));
  const client = await readProxyHeader(server);
  client.close();
  await assertRejects(() => client.read(new Uint8Array(4)), ConnectionError);
});

Deno.test("a connection that ends before its header, or within it, is told apart", async () => {
  const [silent, one] = memoryPair();
  silent.close();
  await assertRejects(() => readProxyHeader(one), ConnectionError);
  const [broken, other] = memoryPair();
  await broken.write(latin1("PROXY TC"));
  broken.close();
  await assertRejects(() => readProxyHeader(other), ProxyHeaderError, "broke off");
});
