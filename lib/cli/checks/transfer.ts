/**
 * Checks that messages arrive as they are.
 *
 * @module
 */
import { Pop3Client } from "../../client/client.ts";
import { downloadToStore } from "../../client/download.ts";
import { selectMessages } from "../../client/select.ts";
import { listen } from "../../net/listener.ts";
import { ConnectionError } from "../../net/errors.ts";
import { canonicalOctets } from "../../protocol/crlf.ts";
import { ProtocolError } from "../../protocol/errors.ts";
import type { MimeStore } from "../../stores/mime_store.ts";
import { type Check, failure, same } from "./check.ts";
import { fetchAll, octetsOf, textOf } from "./workshop.ts";

const CORNERS: readonly string[] = [
  ".",
  "..\r\n",
  ".first octet\r\n",
  "Subject: dots\r\n\r\n.\r\n..\r\n.x\r\n...\r\nend\r\n",
  "Subject: bare\n\n.line feed\n.\n",
  "Subject: no end\r\n\r\nlast line without an end",
  "",
  "\r\n",
  "\r\n.\r\n",
  "Subject: octets\r\n\r\n\0\x01\x7f\x80\xff bare \r inside\r\n",
  `Subject: long\r\n\r\n${"x".repeat(300_000)}\r\n`,
  `Subject: borders\r\n\r\n${".\r\n".repeat(50_000)}`,
];

/** Checks of octets on their way. */
export const TRANSFER: readonly Check[] = [
  {
    name: "messages with dots, bare line ends, NUL and 8-bit octets arrive octet by octet",
    async run(shop) {
      const server = shop.serve(await shop.storeWith(CORNERS));
      const client = await shop.signedIn(server);
      const wanted = CORNERS.map((message) => textOf(canonicalOctets(octetsOf(message))));
      const found = await fetchAll(client);
      const wrong = wanted.flatMap((text, index) => text === found[index] ? [] : [index + 1]);
      same("the messages that differ", wrong, []);
      await client.quit();
    },
  },
  {
    name: "STAT and LIST tell exactly the octets that RETR sends",
    async run(shop) {
      const client = await shop.signedIn(shop.serve(await shop.storeWith(CORNERS)));
      const listed = (await client.list()).map(({ size }) => size);
      const sent = (await fetchAll(client)).map((text) => text.length);
      same("LIST", listed, sent);
      same("STAT", await client.stat(), {
        count: sent.length,
        octets: sent.reduce((sum, size) => sum + size, 0),
      });
      await client.quit();
    },
  },
  {
    name: "a download stores every message as it was served, and the next one finds all there",
    async run(shop) {
      const [source, target] = [await shop.fakeStore(), await shop.emptyStore()];
      const server = shop.serve(source);
      const { length } = await source.query();
      same("the first download", await download(shop.signedIn(server), target), {
        ...(length === 0 ? {} : { stored: length }),
      });
      same("the second download", await download(shop.signedIn(server), target), {
        ...(length === 0 ? {} : { duplicate: length }),
      });
      same("the messages", await fingerprints(target), await fingerprints(source));
    },
  },
  {
    name: "a message that is cut short is an error, not a message",
    async run() {
      const error = await failure("fetching", () => fromImpostor(CUT_SHORT));
      same("the error", error instanceof ConnectionError && error.kind, "lost");
    },
  },
  {
    name: "a server of another kind is recognised",
    async run() {
      const error = await failure("connecting", () => fromImpostor("220 mail ESMTP ready\r\n"));
      const recognised = error instanceof ProtocolError && error.message.includes("SMTP");
      same("whether it is", recognised, true);
    },
  },
];

const CUT_SHORT = "+OK\r\n+OK\r\n+OK 9\r\n+OK\r\nSubject: cut\r\n\r\nno en";

/** Fetches message 1 from a server that says its piece, whatever it is asked, and hangs up. */
async function fromImpostor(words: string): Promise<void> {
  const listener = listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for await (const transport of listener) {
      await transport.write(octetsOf(words));
      transport.close();
    }
  })();
  try {
    await using client = await Pop3Client.connect({ ...listener.address, timeoutSeconds: 20 });
    for await (const _ of client.retr(1));
  } finally {
    listener.close();
    await serving;
  }
}

/** How many messages had which outcome. */
async function download(
  connecting: Promise<Pop3Client>,
  target: MimeStore,
): Promise<Readonly<Record<string, number>>> {
  const client = await connecting;
  const outcomes: Record<string, number> = {};
  const messages = await selectMessages(client, { uids: true });
  for await (
    const { outcome } of downloadToStore(client, target, messages, { sourceid: "check" })
  ) {
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  }
  await client.quit();
  return outcomes;
}

async function fingerprints(store: MimeStore): Promise<readonly string[]> {
  return (await store.query()).map(({ size, fingerprint }) => `${size} ${fingerprint}`).sort();
}
