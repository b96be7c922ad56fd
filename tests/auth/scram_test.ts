import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  makeProof,
  makeScramCredentials,
  proofHolds,
  saltedPassword,
} from "../../lib/auth/scram.ts";
import { scramClient } from "../../lib/auth/scram_client.ts";
import { startServerMechanism } from "../../lib/auth/sasl_server.ts";
import type { Authenticator } from "../../lib/auth/authenticator.ts";
import { SaslError } from "../../lib/protocol/sasl.ts";
import { fromBase64, toBase64 } from "../../lib/protocol/sasl/base64.ts";
import { parseServerFirst, writeClientFinal } from "../../lib/protocol/sasl/scram_messages.ts";
import { exchange, octets } from "./exchange.ts";

// The example in RFC 7677 §3.
const CLIENT_NONCE = "rOprNGfwEbeRWgbNEkqO";
const SERVER_NONCE = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
const CLIENT_FIRST = `n,,n=user,r=${CLIENT_NONCE}`;
const SERVER_FIRST = `r=${CLIENT_NONCE}${SERVER_NONCE},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`;
const CLIENT_FINAL = `c=biws,r=${CLIENT_NONCE}${SERVER_NONCE},` +
  "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
const SERVER_FINAL = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

function text(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes);
}

/** Knows one user, with few iterations. */
async function knows(user: string, password: string, iterations = 4): Promise<Authenticator> {
  const credentials = await makeScramCredentials(octets(password), { iterations });
  const identity = { user };
  return {
    kinds: new Set(["scram"] as const),
    authenticate: () => Promise.resolve(undefined),
    scram: (name) =>
      Promise.resolve({ credentials, identity: name === user ? identity : undefined }),
  };
}

/** A client that takes few iterations. */
function quickClient(user: string, password: string) {
  return scramClient(user, octets(password), { leastIterations: 1 });
}

Deno.test("the client says what the example in RFC 7677 says", async () => {
  const client = scramClient("user", octets("pencil"), { nonce: CLIENT_NONCE });
  assertEquals(text(client.initial), CLIENT_FIRST);
  assertEquals(text(await client.respond(octets(SERVER_FIRST))), CLIENT_FINAL);
  assertEquals(client.more, true);
  assertEquals(await client.respond(octets(SERVER_FINAL)), octets(""));
  assertEquals(client.more, false);
  client.verifyEnd();
});

Deno.test("the server says what the example in RFC 7677 says", async () => {
  const salt = fromBase64("W22ZaJ0SNY7soEsUEjb6gQ==");
  const credentials = await makeScramCredentials(octets("pencil"), { salt, iterations: 4096 });
  const identity = { user: "user" };
  const authenticator: Authenticator = {
    kinds: new Set(["scram"] as const),
    authenticate: () => Promise.resolve(undefined),
    scram: () => Promise.resolve({ credentials, identity }),
  };
  const server = startServerMechanism("SCRAM-SHA-256", authenticator, { nonce: SERVER_NONCE });
  const first = await server.step(octets(CLIENT_FIRST));
  assertEquals(first, { kind: "challenge", data: octets(SERVER_FIRST) });
  const final = await server.step(octets(CLIENT_FINAL));
  assertEquals(final, { kind: "challenge", data: octets(SERVER_FINAL) });
  assertEquals(await server.step(octets("")), { kind: "done", identity });
});

Deno.test("client and server understand each other, however odd name and password are", async () => {
  const cases = [
    ["user", "pencil"],
    ["a,b=c", "x,y=z"],
    ["jörg@exämple.org", "pässwörd 😀"],
    ["=2C", " "],
    ["u", "x".repeat(1000)],
  ] as const;
  for (const [user, password] of cases) {
    for (const late of [false, true]) {
      const server = startServerMechanism("SCRAM-SHA-256", await knows(user, password));
      const { step, challenges } = await exchange(quickClient(user, password), server, late);
      assertEquals(step, { kind: "done", identity: { user } });
      assertEquals(challenges, late ? 3 : 2);
    }
  }
});

Deno.test("name and password are prepared on both sides", async () => {
  const server = startServerMechanism("SCRAM-SHA-256", await knows("ä", "ﬁx\u00a0it"));
  const { step } = await exchange(quickClient("a\u0308", "fi\u00adx it"), server);
  assertEquals(step.kind, "done");
});

Deno.test("a wrong password and a user who does not exist are refused alike", async () => {
  for (const [user, password] of [["user", "pencils"], ["nobody", "pencil"]] as const) {
    const server = startServerMechanism("SCRAM-SHA-256", await knows("user", "pencil"));
    const { step, challenges } = await exchange(quickClient(user, password), server);
    assertEquals(step, { kind: "refused", user });
    assertEquals(challenges, 1);
  }
});

Deno.test("nobody opens the mailbox of somebody else", async () => {
  const authenticator = await knows("user", "pencil");
  for (const [authzid, kind] of [["user", "done"], ["root", "refused"]] as const) {
    const client = quickClient("user", "pencil");
    const bare = text(client.initial).slice("n,,".length);
    const server = startServerMechanism("SCRAM-SHA-256", authenticator);
    const first = await server.step(octets(`n,a=${authzid},${bare}`));
    if (first.kind !== "challenge") throw new Error(first.kind);
    const final = await proofFor(`n,a=${authzid},`, bare, text(first.data), "pencil");
    const step = await server.step(octets(final));
    assertEquals(
      step.kind === "challenge" ? (await server.step(octets(""))).kind : step.kind,
      kind,
    );
  }
});

Deno.test("the server refuses a second message that does not belong to the first", async () => {
  const authenticator = await knows("user", "pencil");
  const spoilt: [string, (final: string) => string][] = [
    ["nonce", (final) => final.replace(/,r=./, ",r=~")],
    ["nonce", (final) => final.replace(/,p=/, "x,p=")],
    ["nonce", (final) => final.replace(/r=[^,]*/, `r=${CLIENT_NONCE}`)],
    ["channel binding", (final) => final.replace("c=biws", "c=eSws")],
    ["channel binding", (final) => final.replace("c=biws", "c=biwsAA==")],
    ["Base64", (final) => final.replace(/p=.*$/, "p=*")],
    ["proof", (final) => final.replace(/,p=.*$/, "")],
  ];
  for (const [reason, spoil] of spoilt) {
    const client = scramClient("user", octets("pencil"), {
      nonce: CLIENT_NONCE,
      leastIterations: 1,
    });
    const server = startServerMechanism("SCRAM-SHA-256", authenticator);
    const first = await server.step(client.initial);
    if (first.kind !== "challenge") throw new Error(first.kind);
    const final = text(await client.respond(first.data));
    const step = await server.step(octets(spoil(final)));
    assertEquals(step.kind === "malformed" && step.reason.includes(reason), true, reason);
  }
});

Deno.test("a proof of the wrong length or with one wrong bit does not hold", async () => {
  const credentials = await makeScramCredentials(octets("pencil"), {
    salt: fromBase64("W22ZaJ0SNY7soEsUEjb6gQ=="),
  });
  const message = [CLIENT_FIRST.slice(3), SERVER_FIRST, CLIENT_FINAL.replace(/,p=.*$/, "")].join();
  const proof = fromBase64("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
  assertEquals(await proofHolds(credentials, message, proof), true);
  const wrong = [
    new Uint8Array(),
    new Uint8Array(32),
    proof.subarray(0, 31),
    Uint8Array.of(...proof, 0),
    proof.map((octet, at) => at === 31 ? octet ^ 1 : octet),
  ];
  for (const octets of wrong) assertEquals(await proofHolds(credentials, message, octets), false);
});

Deno.test("the server wants nothing behind its signature", async () => {
  const client = quickClient("user", "pencil");
  const server = startServerMechanism("SCRAM-SHA-256", await knows("user", "pencil"));
  const first = await server.step(client.initial);
  if (first.kind !== "challenge") throw new Error(first.kind);
  await server.step(await client.respond(first.data));
  assertEquals((await server.step(octets("x"))).kind, "malformed");
  assertEquals((await server.step(octets(""))).kind, "malformed");
});

Deno.test("the client refuses a server that is not what it claims to be", async () => {
  const cases: [string, string][] = [
    ["nonce", SERVER_FIRST.replace("rOpr", "rOpx")],
    ["nonce", SERVER_FIRST.replace(SERVER_NONCE, "")],
    ["iterations", SERVER_FIRST.replace("4096", "1")],
    ["iterations", SERVER_FIRST.replace("4096", "4095")],
    ["iterations", SERVER_FIRST.replace("4096", "5000001")],
    ["iterations", SERVER_FIRST.replace("4096", "9999999999")],
    ["extension", `m=x,${SERVER_FIRST}`],
    ["Base64", SERVER_FIRST.replace("gQ==", "gQ")],
    ["attributes", "Username:"],
    ["attributes", ""],
  ];
  for (const [reason, first] of cases) {
    const client = scramClient("user", octets("pencil"), { nonce: CLIENT_NONCE });
    await assertRejects(async () => await client.respond(octets(first)), SaslError, reason, first);
    assertThrows(() => client.verifyEnd(), SaslError, "could not prove");
  }
});

Deno.test("a yes of the server counts only with its signature", async () => {
  const start = async () => {
    const client = scramClient("user", octets("pencil"), { nonce: CLIENT_NONCE });
    await client.respond(octets(SERVER_FIRST));
    return client;
  };
  const early = await start();
  assertThrows(() => early.verifyEnd(), SaslError, "could not prove");
  const forged = await start();
  const signature = octets(SERVER_FINAL.replace("6rri", "6rrj"));
  assertThrows(() => forged.respond(signature), SaslError, "could not prove");
  assertThrows(() => forged.verifyEnd(), SaslError, "could not prove");
  const refused = await start();
  assertEquals(refused.respond(octets("e=invalid-proof")), octets(""));
  assertEquals([refused.failure, refused.more], ["invalid-proof", false]);
  assertThrows(() => refused.verifyEnd(), SaslError, "could not prove");
  assertThrows(() => refused.respond(octets(SERVER_FINAL)), SaslError, "more than SCRAM");
});

Deno.test("each sign-in has nonces of its own", async () => {
  const initials = new Set(
    Array.from({ length: 20 }, () => text(quickClient("user", "pencil").initial)),
  );
  assertEquals(initials.size, 20);
  const authenticator = await knows("user", "pencil");
  const challenges = new Set<string>();
  for (let round = 0; round < 20; round++) {
    const step = await startServerMechanism("SCRAM-SHA-256", authenticator)
      .step(octets(CLIENT_FIRST));
    if (step.kind === "challenge") challenges.add(text(step.data));
  }
  assertEquals(challenges.size, 20);
});

/** The client's second message for a GS2 header that our client does not send. */
async function proofFor(
  header: string,
  bare: string,
  serverFirst: string,
  password: string,
): Promise<string> {
  const { nonce, salt, iterations } = parseServerFirst(octets(serverFirst));
  const withoutProof = writeClientFinal(header, nonce);
  const salted = await saltedPassword(octets(password), salt, iterations);
  const { proof } = await makeProof(salted, `${bare},${serverFirst},${withoutProof}`);
  return `${withoutProof},p=${toBase64(proof)}`;
}
