/** A client that takes part in a story, and knows from the model what must come. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { createHash } from "node:crypto";
import { startClientMechanism } from "../../../lib/auth/sasl_client.ts";
import type { MemoryTransport } from "../../../lib/net/memory_transport.ts";
import { fromBase64, toBase64 } from "../../../lib/protocol/sasl/base64.ts";
import { cut } from "../../helpers/property.ts";
import { latin1 } from "../../helpers/random.ts";
import { Dialogue } from "../dialogue.ts";
import { ERR, type Expected, isUtf8Field, OK } from "./expected.ts";
import type { ModelSession } from "./session.ts";
import { ME, type Step, type Visit } from "./stories.ts";

/** Another header, its fields in UTF-8 written in ASCII; the same body. */
function checkSurrogate(got: string, message: string): void {
  const [header = "", ...body] = got.split("\r\n\r\n");
  const [original = "", ...originalBody] = message.split("\r\n\r\n");
  assert(!header.split("\r\n").some(isUtf8Field), header);
  assertEquals(body.join("\r\n\r\n"), originalBody.join("\r\n\r\n"));
  const plain = original.split("\r\n").filter((line) => !isUtf8Field(line));
  assertEquals(header.split("\r\n").filter((line) => !line.includes("=?")), plain);
}

/** One client, who knows the model and so what must come. */
export class Client {
  readonly #me: Dialogue;
  readonly #transport: MemoryTransport;
  readonly #model: ModelSession;
  readonly #visit: Visit;
  #timestamp = "";
  #closed = false;
  /** Lines that were not sent yet, and what must come back. */
  #ahead: { readonly octets: string; readonly expected: Expected }[] = [];

  constructor(transport: MemoryTransport, model: ModelSession, visit: Visit) {
    this.#transport = transport;
    this.#me = new Dialogue(transport);
    this.#model = model;
    this.#visit = visit;
  }

  async visit(rival?: () => Promise<void>): Promise<void> {
    const greeting = await this.#me.line();
    assertMatch(greeting, /^\+OK (?!\[)/);
    this.#timestamp = /<[^@<> ]+@localhost>$/.exec(greeting)?.[0] ?? "";
    assertEquals(this.#timestamp !== "", this.#model.apopOffered, greeting);
    for (const step of this.#visit.steps) {
      if (this.#closed) break;
      await this.#take(step, rival);
    }
    await this.#leave();
  }

  async #take(step: Step, rival: (() => Promise<void>) | undefined): Promise<void> {
    switch (step.kind) {
      case "line":
        return this.#plan(step.line, step.lf ? "\n" : "\r\n");
      case "apop":
        return this.#plan(`APOP me ${step.right ? this.#digest(ME.password) : "0".repeat(32)}`);
      case "scram":
        return await this.#scram(step.name, step.right ? ME.password : "wrong");
      case "stls":
        return await this.#stls(step.injected);
      case "rival":
        await this.#flush();
        if (!this.#closed) await rival?.();
    }
  }

  /** To be sent along with what comes next: the client does not wait for replies. */
  #plan(line: string, ending: string = "\r\n"): void {
    const text = ending === "\n" && line.endsWith("\r") ? line.slice(0, -1) : line;
    const count = line.length + ending.length - text.length;
    const expected = this.#model.say(text, count, (password) => this.#digest(password));
    this.#ahead.push({ octets: line + ending, expected });
    if (expected.closes === true) this.#closed = true;
  }

  #digest(password: string): string {
    return createHash("md5").update(latin1(this.#timestamp + password)).digest("hex");
  }

  /** Sends what was planned, in pieces, and reads all replies meanwhile. */
  async #flush(): Promise<void> {
    const ahead = this.#ahead;
    this.#ahead = [];
    const octets = latin1(ahead.map((each) => each.octets).join(""));
    const sending = (async () => {
      for (const piece of cut(octets, this.#visit.cuts)) await this.#transport.write(piece);
    })();
    for (const { octets, expected } of ahead) await this.#check(octets, expected);
    await sending;
    if (this.#closed) await this.#me.closed();
  }

  async #check(said: string, expected: Expected): Promise<void> {
    assertMatch(await this.#me.line(), expected.status, `answer to ${JSON.stringify(said)}`);
    const { lines, message, inAscii, unordered = false } = expected;
    if (lines !== undefined) {
      const got = await this.#me.lines();
      assertEquals(unordered ? got.sort() : got, unordered ? [...lines].sort() : lines, said);
    }
    if (inAscii !== undefined) checkSurrogate(await this.#me.message(), inAscii);
    if (message === undefined) return;
    const got = await this.#me.message();
    // Not assertEquals alone: telling how large messages differ takes minutes.
    assert(got.length === message.length, `${said}: ${got.length} octets, not ${message.length}`);
    assert(got === message, `${said}: other octets`);
  }

  async #scram(name: string, password: string): Promise<void> {
    this.#plan("AUTH SCRAM-SHA-256");
    const begins = this.#ahead.at(-1)?.expected.status.test("+ ") === true;
    await this.#flush();
    if (!begins || this.#closed) return;
    const mechanism = startClientMechanism("SCRAM-SHA-256", {
      user: name,
      secret: latin1(password),
    });
    let response = mechanism.initial ?? new Uint8Array();
    for (;;) {
      await this.#me.send(`${toBase64(response)}\r\n`);
      const line = await this.#me.line();
      if (!line.startsWith("+ ")) {
        const expected = this.#model.scram(name, password);
        assertMatch(line, expected.status, `SCRAM as ${name}`);
        if (expected === OK) mechanism.verifyEnd();
        this.#closed = expected.closes === true;
        if (this.#closed) await this.#me.closed();
        return;
      }
      response = await mechanism.respond(fromBase64(line.slice(2)));
    }
  }

  async #stls(injected: string): Promise<void> {
    await this.#flush();
    if (this.#closed) return;
    this.#plan("STLS");
    const [{ expected } = { expected: ERR }] = this.#ahead;
    if (expected !== OK) return await this.#flush();
    this.#ahead = [];
    await this.#me.send(`STLS\r\n${injected}`);
    await this.#check("STLS", expected);
  }

  async #leave(): Promise<void> {
    const { leaving } = this.#visit;
    await this.#flush();
    if (!this.#closed && leaving === "in a message") {
      this.#plan("RETR 1");
      const [{ expected, octets } = { expected: ERR, octets: "" }] = this.#ahead;
      await this.#me.send(octets);
      assertMatch(await this.#me.line(), expected.status);
    }
    if (!this.#closed && (leaving === "half-close" || leaving === "half a line")) {
      if (leaving === "half a line") await this.#me.send("QUIT");
      this.#transport.closeWrite();
      await this.#me.closed();
    }
    this.#transport.close();
    this.#model.lose();
  }
}
