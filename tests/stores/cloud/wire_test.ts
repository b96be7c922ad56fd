/** The requests themselves, octet by octet, as existing deployments of the data service know them. */
import { assert, assertEquals } from "@std/assert";
import { CloudStore } from "../../../lib/stores/cloud.ts";
import { permitted } from "../../helpers/permissions.ts";
import { text } from "../../helpers/random.ts";
import { addAll, message } from "../conformance.ts";

interface Recorded {
  readonly line: string;
  readonly contentType: string | null;
  readonly body: string;
}

/** Answers as a service with an empty table would, and keeps what came. */
async function recorded(
  encoding: string,
  work: (store: CloudStore) => Promise<unknown>,
): Promise<Recorded[]> {
  const requests: Recorded[] = [];
  const stop = new AbortController();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {}, signal: stop.signal },
    async (request) => {
      const { pathname, search } = new URL(request.url);
      const body = text(new Uint8Array(await request.arrayBuffer()));
      const line = `${request.method} ${pathname}${search}`;
      requests.push({ line, contentType: request.headers.get("content-type"), body });
      const blanks = decoded(encoding, body).match(/union all select 'e'((, '')*)/)?.[1] ?? "";
      return new Response(`SUCCESS: __ROW__e${blanks.replaceAll(", ''", ",")}`);
    },
  );
  try {
    const store = await CloudStore.open({
      dataservice: `http://127.0.0.1:${server.addr.port}/a/service/`,
      accesstoken: "tök,en'",
      tablename: "mail.box",
      groupid: 7,
      encoding,
    });
    await work(store).catch(() => {});
  } finally {
    stop.abort();
    await server.finished;
  }
  return requests;
}

/** What the service would read, by the words of its specification. */
function decoded(encoding: string, body: string): string {
  const octets = Uint8Array.from(body, (char) => char.charCodeAt(0));
  const utf8 = new TextDecoder().decode(octets);
  if (encoding === "plain") return utf8;
  if (encoding === "shift") {
    assertEquals(utf8.slice(0, 5), "__enc");
    return Array.from(utf8.slice(5), (char) => String.fromCharCode(char.charCodeAt(0) - 1)).join(
      "",
    );
  }
  assertEquals(utf8.slice(0, 4), "hex_");
  const pairs = utf8.slice(4).match(/../g) ?? [];
  assertEquals(pairs.join("").length, utf8.length - 4);
  return new TextDecoder().decode(Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16)));
}

permitted(
  { net: true },
  "cloud: a request is what existing services take, in each encoding",
  async () => {
    const said: string[][] = [];
    for (const encoding of ["plain", "shift", "hex"]) {
      const requests = await recorded(encoding, async (store) => {
        await store.query({ tags: ["unread", "archive"], limit: 3, order: "desc" });
        await store.status();
      });
      for (const { line, contentType } of requests) {
        assertEquals(line, "POST /a/service/index.php");
        assertEquals(contentType, "text/html; charset=utf-8");
      }
      said.push(requests.map(({ body }) => decoded(encoding, body)));
    }
    const [plain = []] = said;
    assertEquals(said, [plain, plain, plain]);
    const token = "_=_:)atök,en'_=_:)a";
    for (const statements of plain) assert(statements.startsWith(`${token}select `), statements);
    assertEquals(
      plain.find((each) => each.includes("limit 3"))?.replace(
        /^.*? from mail\.box/,
        "from mail.box",
      ),
      "from mail.box where groupid = 7 and status in (0, 1) order by created desc, id desc limit 3" +
        ") as found union all select 'e', '', '', '', '', '', '', '', '', '', ''",
    );
  },
);

permitted(
  { net: true },
  "cloud: a message is inserted by its digits, doubles do no harm",
  async () => {
    for (const encoding of ["plain", "shift", "hex"]) {
      const octets = Uint8Array.of(0, 0x27, 0x5c, 0x0a, 0xff);
      const requests = await recorded(
        encoding,
        (store) => addAll(store, [{ ...message("g'1", octets), sourceid: "ü@h" }]),
      );
      const inserts = requests.map(({ body }) =>
        decoded(encoding, body).replace(/^_=_.*?_=_:\)a/, "")
      )
        .filter((each) => each.startsWith("insert "));
      assertEquals(inserts.length, 1);
      const created = /, (\d{13}), _utf8mb4/.exec(inserts[0] ?? "")?.[1] ?? "";
      assertEquals(
        inserts[0],
        "insert INTO mail.box (status, groupid, messageUTCTimestamp, created, sourceid, guid, size, " +
          `payload) VALUES (0, 7, 0, ${created}, _utf8mb4 x'c3bc4068', _utf8mb4 x'672731', 5, ` +
          "x'00275c0aff') ON DUPLICATE KEY UPDATE id = id",
      );
    }
  },
);
