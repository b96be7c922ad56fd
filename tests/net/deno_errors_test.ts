import { assert, assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import { isCertificateOfCa, toConnectionError } from "../../lib/net/deno_errors.ts";
import { CertificateError, ConnectionError, TimeoutError } from "../../lib/net/errors.ts";

const WHAT = "connect to pop.example.org:995";

Deno.test("what Deno throws becomes a kind, a reason and a way out", () => {
  const cases: readonly [Error, ConnectionError["kind"], string][] = [
    [new Deno.errors.ConnectionRefused("Connection refused (os error 111)"), "refused", "port"],
    [
      new Error("failed to lookup address information: Name or service not known"),
      "unknown-host",
      "no such host",
    ],
    [new URIError("invalid empty host: ''"), "unknown-host", "not a host name"],
    [new TypeError("Invalid hostname: 'a b'"), "unknown-host", "not a host name"],
    [new Deno.errors.TimedOut("Connection timed out (os error 110)"), "unreachable", "not answer"],
    [new Error("No route to host (os error 113)"), "unreachable", "no way to it"],
    [
      new Deno.errors.NetworkUnreachable("Network is unreachable (os error 101)"),
      "unreachable",
      "no way to it",
    ],
    [new Deno.errors.AddrInUse("Address already in use (os error 98)"), "in-use", "--port"],
    [new Deno.errors.AddrNotAvailable("Cannot assign"), "unknown-host", "no such address"],
    [new Deno.errors.NotCapable("Requires net access"), "denied", "--allow-net"],
    [new Deno.errors.PermissionDenied("Permission denied (os error 13)"), "denied", "1024"],
    [
      new Deno.errors.InvalidData("received corrupt message of type InvalidContentType"),
      "tls",
      "--stls",
    ],
    [
      new Deno.errors.InvalidData("received fatal alert: ProtocolVersion"),
      "tls",
      "at least TLS 1.2",
    ],
    [new Deno.errors.InvalidData("received fatal alert: InternalError"), "tls", "failed"],
    [new Deno.errors.UnexpectedEof("unexpected end of file"), "lost", "lost"],
    [new Deno.errors.ConnectionReset("Connection reset by peer (os error 104)"), "lost", "lost"],
    [new Deno.errors.BrokenPipe("Broken pipe (os error 32)"), "lost", "lost"],
    [new Deno.errors.Interrupted("operation canceled"), "lost", "lost"],
    [new Deno.errors.BadResource("Bad resource ID"), "lost", "lost"],
    [new Error("something quite new"), "lost", "something quite new"],
  ];
  for (const [thrown, kind, reason] of cases) {
    const error = toConnectionError(thrown, WHAT);
    assertInstanceOf(error, ConnectionError);
    assertEquals(error.kind, kind, thrown.message);
    assertStringIncludes(error.message, `Cannot ${WHAT}: `);
    assertStringIncludes(error.message, reason);
    assertEquals(error.cause, thrown);
  }
  assertStringIncludes(toConnectionError("a string", WHAT).message, "a string");
});

Deno.test("a certificate that is not to be trusted is told apart by what is wrong with it", () => {
  const cases: readonly [reason: string, advice: readonly string[]][] = [
    ["UnknownIssuer", ["--tls-ca FILE"]],
    [
      'certificate not valid for name "localhost"; certificate is only valid for ' +
      'DnsName("mail.example.org") or IpAddress("192.0.2.1")',
      ["is for mail.example.org, 192.0.2.1", "we asked for localhost"],
    ],
    ["NotValidForName", ["bears another name"]],
    [
      "certificate expired: verification time 1795435329 (UNIX), but certificate is not valid " +
      "after 1609459200 (185976129 seconds ago)",
      ["has expired (2021-01-01)", "clock"],
    ],
    ["Expired", ["has expired."]],
    [
      "certificate not valid yet: verification time 1577836800 (UNIX), but certificate is not " +
      "valid before 1609459200 (31622400 seconds in future)",
      ["not valid yet (2021-01-01)"],
    ],
    ["Revoked", ["revoked"]],
    ["Other(OtherError(CaUsedAsEndEntity))", ["CA:FALSE", "--tls-ca FILE"]],
    ["BadEncoding", ["cannot be trusted (BadEncoding)"]],
  ];
  for (const [reason, advice] of cases) {
    const thrown = new Deno.errors.InvalidData(`invalid peer certificate: ${reason}`);
    const error = toConnectionError(thrown, WHAT);
    assertInstanceOf(error, CertificateError);
    for (const part of advice) assertStringIncludes(error.message, part);
    assertEquals(isCertificateOfCa(error), reason.includes("CaUsed"));
  }
});

Deno.test("errors that are typed already, and an abort, stay as they are", () => {
  const errors = [
    new ConnectionError("lost", "x"),
    new CertificateError("x"),
    new TimeoutError("x", 1),
    new DOMException("x", "AbortError"),
  ];
  for (const error of errors) assert(toConnectionError(error, WHAT) === error);
});
