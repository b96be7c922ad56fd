/** Sign-ins without end: continuation lines, exchanges, and passwords that are guessed. */
import { assert, assertEquals } from "@std/assert";
import { singlePassword } from "../../lib/auth/single_password.ts";
import { SignInThrottle } from "../../lib/auth/throttle.ts";
import { SASL_LINE_LIMIT } from "../../lib/protocol/limits.ts";
import { Session } from "../../lib/server/session.ts";
import type { SessionServices } from "../../lib/server/session_state.ts";
import { permitted } from "../helpers/permissions.ts";
import { latin1 } from "../helpers/random.ts";
import { PASSWORD } from "../server/dialogue.ts";
import { MemoryWatch, Site } from "./site.ts";

const NET = { net: true } as const;

permitted(NET, "SASL responses of 10 MB hold 64 KiB each, and end the sign-in only", async () => {
  await using site = new Site();
  using memory = new MemoryWatch();
  const part = latin1("A".repeat(64 * 1024));
  await Promise.all(Array.from({ length: 10 }, async () => {
    const me = await site.connect();
    await me.expect("greeting", "+OK");
    await me.talk(["AUTH PLAIN", "+ "]);
    for (let sent = 0; sent < 10 * 1024 ** 2; sent += part.length) await me.transport.write(part);
    await site.serves();
    await me.send("\r\n");
    await me.expect("the response", "-ERR ");
    await me.talk(["USER me", "+OK"], [`PASS ${PASSWORD}`, "+OK"]);
  }));
  memory.staysBelow(96, "10 responses of 10 MB each at the same time");
});

permitted(
  NET,
  "200 unfinished SASL responses up to the limit are held, and others are served",
  async () => {
    await using site = new Site();
    using memory = new MemoryWatch();
    const most = latin1("A".repeat(SASL_LINE_LIMIT - 2));
    for (let count = 0; count < 200; count++) {
      const me = await site.connect();
      await me.expect("greeting", "+OK");
      await me.talk(["AUTH PLAIN", "+ "]);
      await me.transport.write(most);
    }
    await site.serves();
    memory.staysBelow(160, `200 responses of ${most.length} octets without an end`);
  },
);

permitted(NET, "sign-ins that are begun and cancelled without end are over after 25", async () => {
  await using site = new Site();
  const me = await site.connect();
  await me.expect("greeting", "+OK");
  await me.send("AUTH PLAIN\r\n*\r\n".repeat(1000));
  for (let count = 0; count < 25; count++) {
    await me.expect("AUTH", "+ ");
    await me.expect("*", "-ERR Sign-in cancelled");
  }
  await me.closed();
  await site.serves();
});

Deno.test("100,000 failed sign-ins from as many addresses leave a bounded memory of them", async () => {
  const throttle = new SignInThrottle();
  const waits: number[] = [];
  const services: SessionServices = {
    serverName: "localhost",
    implementation: "izypop3",
    authenticator: singlePassword(PASSWORD),
    commitMode: false,
    asciiHeaders: true,
    startTls: false,
    requireTls: false,
    throttle,
    loginDelay: undefined,
    wait: (milliseconds) => {
      waits.push(milliseconds);
      return Promise.resolve();
    },
    openMaildrop: () => Promise.reject(new Error("nobody gets in")),
  };
  using memory = new MemoryWatch();
  const attempts = 100_000;
  for (let count = 0; count < attempts; count++) {
    const address = `10.${count >> 16}.${(count >> 8) & 255}.${count & 255}`;
    const session = new Session(services, { address });
    await session.handle(latin1(`USER ${"u".repeat(200)}${count}`));
    const { reply } = await session.handle(latin1("PASS guess"));
    assert(reply.kind === "err" && reply.code === "AUTH");
  }
  console.log(`${throttle.remembered} things remembered of ${attempts} failures`);
  assert(throttle.remembered <= 30_000);
  memory.staysBelow(200, `${attempts} failed sign-ins`);
  // Long names count as one another: who guesses under many of them waits as for one.
  assertEquals(Math.max(...waits.slice(-1000)), 15_000);
});
