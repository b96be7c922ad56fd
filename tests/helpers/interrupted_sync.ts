/**
 * `sync --delete` over a line that breaks, again and again, and what must be true afterwards.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { singlePassword } from "../../lib/auth/single_password.ts";
import { runProgram } from "../../lib/cli/run_program.ts";
import { Pop3Server } from "../../lib/server/server.ts";
import { FakeStore } from "../../lib/stores/fake.ts";
import { LocalFsStore } from "../../lib/stores/localfs.ts";
import { type CuttingProxy, cuttingProxy } from "./cutting_proxy.ts";
import { testIo } from "./test_io.ts";

/** A server with the same messages at the beginning of every round, behind a line that breaks. */
export class InterruptedSync implements AsyncDisposable {
  readonly #count: number;
  readonly #size: number;
  readonly #server: Pop3Server;
  readonly #proxy: CuttingProxy;
  #mailbox = new FakeStore({ count: 0 });

  constructor(count: number, size: number) {
    this.#count = count;
    this.#size = size;
    this.#server = Pop3Server.start({
      port: 0,
      authenticator: singlePassword("secret"),
      openStore: () => Promise.resolve(this.#mailbox),
    });
    this.#proxy = cuttingProxy(this.#server.address);
  }

  /** Octets that the server sends in a session that nothing cuts. */
  async measure(): Promise<number> {
    await this.round(Infinity, 0);
    return this.#proxy.octets;
  }

  /**
   * Cuts the first session after so many octets. With `retries` the same run completes all, without
   * the next one does. Every message must be stored once, and deleted at the server only then.
   */
  async round(cut: number, retries: number): Promise<void> {
    this.#mailbox = new FakeStore({ count: this.#count, size: this.#size });
    const folder = await Deno.makeTempDir({ prefix: "izypop3-cut-" });
    try {
      this.#proxy.cutNext(cut);
      const first = await this.#sync(folder, retries);
      assert([0, 75].includes(first.code), `cut at ${cut}: ${first.code} ${first.err}`);
      if (retries > 0) assertEquals(first.code, 0, `cut at ${cut}: ${first.err}`);
      await this.#nothingLost(folder, `cut at ${cut}`);
      if (first.code !== 0) {
        const second = await this.#sync(folder, 0);
        assertEquals(second.code, 0, `after a cut at ${cut}: ${second.err}`);
      }
      assertEquals((await stored(folder)).length, this.#count, `cut at ${cut}`);
      assertEquals((await this.#mailbox.query({ tags: ["unread"] })).length, 0, `cut at ${cut}`);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#proxy[Symbol.dispose]();
    await this.#server.shutdown(0);
  }

  async #sync(folder: string, retries: number): Promise<{ code: number; err: string }> {
    const io = testIo({ env: { IZYPOP3_PASS: "secret" } });
    const where = ["--ip", this.#proxy.hostname, "--port", `${this.#proxy.port}`, "--user", "me"];
    const store = ["--store", "localfs", "--mimestore.path", folder];
    const flags = ["--delete", "--retries", `${retries}`, "--timeout", "20"];
    const code = await runProgram(["clientpop3", ...where, ...store, ...flags, "sync"], io);
    return { code, err: io.err() };
  }

  /** What is deleted at the server is in the folder; nothing is there twice. */
  async #nothingLost(folder: string, when: string): Promise<void> {
    const here = await stored(folder);
    assertEquals(new Set(here).size, here.length, when);
    for (const item of await this.#mailbox.query({ tags: ["archive"] })) {
      assert(here.includes(item.fingerprint), `${when}: a message is deleted and not stored`);
    }
  }
}

/** The fingerprints of all that is stored; each is checked against the octets. */
async function stored(folder: string): Promise<string[]> {
  await using store = await LocalFsStore.open({ path: folder });
  const found: string[] = [];
  for (const item of await store.query()) {
    const parts = await Array.fromAsync(store.read(item, { form: "kept" }));
    const digest = await crypto.subtle.digest(
      "SHA-256",
      await new Blob(parts.map((part) => part.slice())).arrayBuffer(),
    );
    const hex = Array.from(new Uint8Array(digest), (o) => o.toString(16).padStart(2, "0")).join("");
    assertEquals(hex, item.fingerprint);
    found.push(hex);
  }
  return found;
}
