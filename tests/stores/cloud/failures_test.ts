import { assert, assertEquals, assertRejects } from "@std/assert";
import type { CloudStore } from "../../../lib/stores/cloud.ts";
import type { StoreErrorKind } from "../../../lib/stores/errors.ts";
import { memoryTable, TOKEN } from "../../helpers/cloud_tables.ts";
import type { Fault } from "../../helpers/gateway.ts";
import { permitted } from "../../helpers/permissions.ts";
import { addAll, assertKind, message } from "../conformance.ts";

/** What a query ends in when every request goes wrong so. */
async function assertFault(fault: Fault, kind: StoreErrorKind, words: string): Promise<void> {
  await using table = memoryTable();
  const store = await table.open();
  table.gateway.fault = () => fault;
  const before = table.gateway.requests.length;
  const error = await assertKind(kind, () => store.query());
  assert(error.message.includes(words), error.message);
  const attempts = table.gateway.requests.length - before;
  assertEquals(attempts, kind === "temporary" ? 5 : 1, "attempts");
}

Deno.test("an HTTP status tells whose fault it is, and is shown", async () => {
  for (const status of [500, 502, 503, 504, 429, 408]) {
    await assertFault({ kind: "status", status }, "temporary", `${status}`);
  }
  for (const status of [401, 403]) {
    await assertFault({ kind: "status", status }, "denied", "accesstoken");
  }
  await assertFault({ kind: "status", status: 404 }, "unavailable", "check dataservice");
  await assertFault({ kind: "status", status: 413 }, "config", "larger requests");
  await assertFault({ kind: "status", status: 302 }, "protocol", "redirects");
  await assertFault({ kind: "status", status: 418 }, "protocol", "418");
});

Deno.test("what the service refuses is told apart by its words", async () => {
  const reasons: readonly (readonly [string, StoreErrorKind])[] = [
    ["Table 'mail.messages' doesn't exist", "missing"],
    ["Unknown database 'mail'", "missing"],
    ["Access denied for user 'x'@'y'", "denied"],
    ["UPDATE command denied to user", "denied"],
    ["invalid access token", "denied"],
    ["Deadlock found when trying to get lock; try restarting transaction", "temporary"],
    ["Lock wait timeout exceeded; try restarting transaction", "temporary"],
    ["MySQL server has gone away", "temporary"],
    ["Too many connections", "temporary"],
    ["Got a packet bigger than 'max_allowed_packet' bytes", "config"],
    ["Data too long for column 'guid' at row 1", "config"],
    ["Unknown column 'payload' in 'field list'", "config"],
    ["You have an error in your SQL syntax", "input-output"],
  ];
  for (const [reason, kind] of reasons) {
    await assertFault({ kind: "fail", reason }, kind, reason.slice(0, 20));
  }
});

Deno.test("an answer that is none, or is cut, is not taken for one", async () => {
  await assertFault(
    { kind: "text", text: "<html>Welcome</html>" },
    "protocol",
    "check dataservice",
  );
  await assertFault({ kind: "text", text: "" }, "protocol", "status 200");
  await assertFault({ kind: "text", text: "SUCCESS: OK" }, "protocol", "not whole");
  await assertFault({ kind: "text", text: "SUCCESS: __ROW__r,1,0" }, "protocol", "not whole");
  await assertFault({ kind: "text", text: "SUCCESS: 42" }, "protocol", "not whole");
  const row = "r,one,0,0,0,,,3,0,,";
  const end = "e,,,,,,,,,,";
  await assertFault(
    { kind: "text", text: `SUCCESS: __ROW__${row}__ROW__${end}` },
    "protocol",
    "sense",
  );
  await assertFault({ kind: "cut" }, "temporary", "connection broke");
  await assertFault({ kind: "lost" }, "temporary", "connection broke");
});

Deno.test("no octet can be cut off an answer without its being noticed", async () => {
  await using table = memoryTable();
  const store = await table.open({ retry: { attempts: 1, deadlineSeconds: 1, firstDelay: 1 } });
  await addAll(store, [message("1", "one"), message("2", "two")]);
  const expected = await store.query();
  const whole = await answerTo(store, table.gateway);
  for (let length = 0; length < whole.length; length++) {
    table.gateway.fault = () => ({ kind: "text", text: whole.slice(0, length) });
    // What is cut within the last row's blank columns still has the mark that says it is the last.
    await assertKind("protocol", () => store.query());
  }
  table.gateway.fault = () => ({ kind: "text", text: whole });
  assertEquals(await store.query(), expected);
});

/** What the gateway answers to a query. */
async function answerTo(
  store: CloudStore,
  gateway: ReturnType<typeof memoryTable>["gateway"],
): Promise<string> {
  await store.query();
  const [sql = ""] = gateway.requests.at(-1)?.statements ?? [];
  const request = new Request("http://x/index.php", {
    method: "POST",
    body: `_=_:)a${TOKEN}_=_:)a${sql}`,
  });
  return await (await gateway.handle(request)).text();
}

Deno.test("a service that hangs is given up after the time-out, and asked again", async () => {
  await using table = memoryTable();
  const store = await table.open({ timeoutSeconds: 0.1 });
  let delays = 0;
  table.gateway.fault = () => delays++ < 2 ? { kind: "delay", milliseconds: 300 } : undefined;
  assertEquals(await store.query(), []);
  table.gateway.fault = () => ({ kind: "delay", milliseconds: 300 });
  const error = await assertKind("temporary", () => store.query());
  assert(error.message.includes("no answer within"), error.message);
  // What is still under way ends before the test does.
  await new Promise((resolve) => setTimeout(resolve, 350));
});

Deno.test("the deadline ends the attempts, and a signal ends the waiting", async () => {
  await using table = memoryTable();
  const slow = { attempts: 50, deadlineSeconds: 0.2, firstDelay: 10_000 };
  const store = await table.open({ retry: slow });
  const [added] = await addAll(store, [message("1", "one")]);
  assert(added !== undefined);
  const before = table.gateway.requests.length;
  table.gateway.fault = () => ({ kind: "status", status: 503 });
  await assertKind("temporary", () => store.query());
  assertEquals(table.gateway.requests.length - before, 1);
  table.gateway.fault = () => undefined;
  const waiting = await table.open({ retry: { ...slow, deadlineSeconds: 60 } });
  table.gateway.fault = () => ({ kind: "status", status: 503 });
  const controller = new AbortController();
  const reading = Array.fromAsync(waiting.read(added.item, { signal: controller.signal }));
  setTimeout(() => controller.abort(new Error("enough")), 20);
  await assertRejects(() => reading, Error, "enough");
});

Deno.test("a wrong token is told as such, and neither it nor the right one is shown", async () => {
  await using table = memoryTable();
  const error = await assertKind("denied", () => table.open({ accesstoken: "wr0ng" }));
  assert(error.message.includes("***"), error.message);
  for (const secret of ["wr0ng", TOKEN]) {
    assert(!`${error.message} ${error.stack} ${error.cause}`.includes(secret));
  }
});

Deno.test("the service's words cannot forge a line nor go on without end", async () => {
  await using table = memoryTable();
  const store = await table.open();
  table.gateway.fault = () => ({ kind: "fail", reason: `a\r\nb\x1b[2J${"x".repeat(5000)}` });
  const error = await assertKind("input-output", () => store.query());
  // deno-lint-ignore no-control-regex -- they are what must not be there
  assert(!/[\x00-\x1f]/.test(error.message));
  assert(error.message.length < 400);
});

permitted({ net: true }, "a service that is not there is told as such", async () => {
  await using table = memoryTable();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const dataservice = `http://127.0.0.1:${listener.addr.port}/`;
  listener.close();
  const real = (url: string, init: RequestInit): Promise<Response> => fetch(url, init);
  await assertKind("unavailable", () => table.open({ dataservice, fetch: real }));
});

permitted(
  { net: true },
  "over a real connection: rows, cut bodies, redirects, other pages",
  async () => {
    await using table = memoryTable();
    await using served = table.gateway.serve();
    const real = (url: string, init: RequestInit): Promise<Response> => fetch(url, init);
    const store = await table.open({ dataservice: served.url, fetch: real });
    await addAll(store, [message("1", "one\n")]);
    assertEquals((await store.query()).map((item) => item.size), [5]);
    let cuts = 0;
    table.gateway.fault = () => cuts++ < 3 ? { kind: "cut" } : undefined;
    assertEquals((await store.query()).length, 1);
    table.gateway.fault = () => ({ kind: "cut" });
    await assertKind("temporary", () => store.query());
    table.gateway.fault = () => ({ kind: "status", status: 302 });
    await assertKind("protocol", () => store.query());
  },
);
