/**
 * What the checks work with: stores in a folder of their own, servers on free ports, clients.
 *
 * @module
 */
import { singlePassword } from "../../auth/single_password.ts";
import { Pop3Client } from "../../client/client.ts";
import { connect } from "../../net/connect.ts";
import { Pop3Server, type Pop3ServerOptions } from "../../server/server.ts";
import type { MimeStore, Tag } from "../../stores/mime_store.ts";
import { openStore, type StoreSettings } from "../../stores/registry.ts";
import { Talk } from "./talk.ts";

const USER = "tester";
const PASSWORD = "correct horse";
const HOSTNAME = "127.0.0.1";

/** Stores, servers and clients for one run; disposing it takes all of them away. */
export class Workshop implements AsyncDisposable {
  readonly user = USER;
  readonly password = PASSWORD;
  /** What the user asked to be tried. */
  readonly settings: StoreSettings;
  readonly #folder: string;
  readonly #stack = new AsyncDisposableStack();
  #count = 0;

  private constructor(settings: StoreSettings, folder: string) {
    this.settings = settings;
    this.#folder = folder;
  }

  /** Makes a temporary folder, within `settings.path` where one was given. */
  static async open(settings: StoreSettings): Promise<Workshop> {
    const within = settings.path === undefined ? {} : { dir: settings.path };
    return new Workshop(settings, await Deno.makeTempDir({ prefix: "izypop3-test-", ...within }));
  }

  /** A new `localfs` store with these messages, one character an octet. */
  async storeWith(messages: readonly string[]): Promise<MimeStore> {
    const store = await this.emptyStore();
    const items = messages.map((message, index) => ({
      sourceid: "check",
      guid: `m${index + 1}`,
      octets: [octetsOf(message)],
    }));
    for await (const _ of store.addItems(items));
    return store;
  }

  /** A new `localfs` store. */
  async emptyStore(): Promise<MimeStore> {
    const path = `${this.#folder}/${++this.#count}`;
    return this.#stack.use(await openStore({ modhandler: "localfs", path }, { create: true }));
  }

  /** A store of made-up messages, as many and as large as the settings say. */
  async fakeStore(): Promise<MimeStore> {
    const { count, seed, size } = this.settings;
    return this.#stack.use(
      await openStore({
        modhandler: "fake",
        ...(count === undefined ? {} : { count }),
        ...(seed === undefined ? {} : { seed }),
        ...(size === undefined ? {} : { size }),
      }),
    );
  }

  /** A server of a store on a free port. */
  serve(store: MimeStore, options: Partial<Pop3ServerOptions> = {}): Pop3Server {
    const server = Pop3Server.start({
      hostname: HOSTNAME,
      port: 0,
      authenticator: singlePassword(PASSWORD),
      openStore: () => Promise.resolve(store),
      ...options,
    });
    return this.#stack.use(server);
  }

  /** A client that has signed in. */
  async signedIn({ address }: Pop3Server): Promise<Pop3Client> {
    const client = this.#stack.use(await Pop3Client.connect({ ...address, timeoutSeconds: 20 }));
    await client.signIn({ user: USER, password: PASSWORD });
    return client;
  }

  /** A conversation word by word, up to the sign-in. */
  async talk({ address }: Pop3Server): Promise<Talk> {
    const talk = this.#stack.use(new Talk(await connect(address)));
    await talk.line();
    await talk.ask(`USER ${USER}`);
    await talk.ask(`PASS ${PASSWORD}`);
    return talk;
  }

  /** Ends servers and clients, and removes the folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/** One octet a character. */
export function octetsOf(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

/** Each message's octets on the wire, one character an octet, in the server's order. */
export async function fetchAll(client: Pop3Client): Promise<readonly string[]> {
  const messages: string[] = [];
  const numbers = (await client.list()).map(({ number }) => number);
  for await (const { octets } of client.retrieve(numbers)) {
    let text = "";
    for await (const part of octets ?? []) text += textOf(part);
    messages.push(text);
  }
  return messages;
}

/** One character an octet. */
export function textOf(octets: Uint8Array): string {
  return Array.from(octets, (octet) => String.fromCharCode(octet)).join("");
}

/** The tags of a store's items, in order. */
export async function tagsOf(store: MimeStore): Promise<readonly Tag[]> {
  return (await store.query()).map(({ tag }) => tag);
}
