import { assert, assertEquals } from "@std/assert";
import { singlePassword } from "../../../lib/auth/single_password.ts";
import { Pop3Client } from "../../../lib/client/client.ts";
import { ServerRefusal } from "../../../lib/protocol/errors.ts";
import { Pop3Server } from "../../../lib/server/server.ts";
import { S3Store, type S3StoreOptions } from "../../../lib/stores/s3.ts";
import type { MimeStore } from "../../../lib/stores/mime_store.ts";
import { MemoryS3 } from "../../helpers/memory_s3.ts";
import { type Needs, permitted } from "../../helpers/permissions.ts";
import { concat, text } from "../../helpers/random.ts";
import { openS3 } from "../../helpers/s3_places.ts";
import { S3RVER, startSharedS3rver } from "../../helpers/s3rver.ts";
import { addAll, message } from "../conformance.ts";

const MESSAGES = 40;
const NET: Needs = { net: true };

const s3rver = await startSharedS3rver();

/** A server with a store object of its own, as it would be on a machine of its own. */
async function serve(open: () => Promise<S3Store>): Promise<Pop3Server> {
  const store: MimeStore = await open();
  return Pop3Server.start({
    port: 0,
    authenticator: singlePassword("secret"),
    openStore: () => Promise.resolve(store),
    query: { tags: ["unread"], limit: 7 },
  });
}

/** Fetches a few messages and deletes them; `undefined` while somebody else has the maildrop. */
async function fetchSome(server: Pop3Server): Promise<string[] | undefined> {
  await using client = await Pop3Client.connect(server.address);
  try {
    await client.signIn({ user: "joe", password: "secret" });
  } catch (error) {
    if (error instanceof ServerRefusal && error.code === "IN-USE") return undefined;
    throw error;
  }
  const got: string[] = [];
  for (const { number } of await client.list()) {
    got.push(text(concat(await Array.fromAsync(client.retr(number)))));
    await client.dele(number);
  }
  // Deleted is what QUIT was acknowledged for.
  await client.quit();
  return got;
}

/** Two servers, three clients, and two who add the same messages meanwhile. */
async function playsTogether(open: () => Promise<S3Store>): Promise<void> {
  await using one = await serve(open);
  await using two = await serve(open);
  const bodies = Array.from({ length: MESSAGES }, (_, i) => `Subject: ${i}\r\n\r\n.${i}\r\n`);
  const isAdded = Promise.all([0, 1].map(async (turn) => {
    const items = bodies.map((body, i) => message(`${i}`, body));
    return await addAll(await open(), turn === 0 ? items : items.toReversed());
  }));
  const got: string[] = [];
  const client = async (server: Pop3Server): Promise<void> => {
    for (let sessions = 0; got.length < MESSAGES && sessions < 1000; sessions++) {
      const some = await fetchSome(server);
      if (some !== undefined) got.push(...some);
      await new Promise((resolve) => setTimeout(resolve, some === undefined ? 5 : 0));
    }
  };
  const [added] = await Promise.all([isAdded, client(one), client(two), client(one)]);
  assertEquals(added.flat().filter(({ outcome }) => outcome === "stored").length, MESSAGES);
  assertEquals(got.toSorted(), bodies.toSorted());
  const store = await open();
  const status = await store.status();
  assertEquals([status.unread.count, status.archive.count], [0, MESSAGES]);
  assert((await store.query()).every((item) => item.tag === "archive"));
}

permitted(
  NET,
  "s3: two servers and three clients on one bucket lose and double nothing",
  async () => {
    const memory = new MemoryS3();
    await playsTogether(() => openS3(memory));
  },
);

permitted(
  S3RVER,
  "s3rver: two servers and three clients on one bucket lose and double nothing",
  async () => {
    const options: S3StoreOptions = {
      endpoint: s3rver?.endpoint ?? "",
      bucket: "mail",
      prefix: "together",
      accesskeyid: "S3RVER",
      secretaccesskey: "S3RVER",
    };
    await playsTogether(() => S3Store.open(options));
  },
);
