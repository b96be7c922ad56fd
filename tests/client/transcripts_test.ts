/** Replays every transcript whole and an octet at a time, with CRLF and with bare LF. */

import { assertEquals } from "@std/assert";
import { permitted } from "../helpers/permissions.ts";
import { parseTranscript, replayName, replayTranscript } from "./transcript.ts";

const FOLDER = new URL("../transcripts/", import.meta.url);

permitted(
  { read: true },
  "every server quirk of the field notes ends as its transcript says",
  async (t) => {
    for (const name of transcriptNames()) {
      const transcript = parseTranscript(Deno.readTextFileSync(new URL(name, FOLDER)));
      await t.step(`${name}: ${transcript.about}`, async (t) => {
        for (const replay of transcript.replays) {
          await t.step(replayName(replay), () => replayTranscript(transcript, replay));
        }
      });
    }
  },
);

permitted(
  { read: true },
  "the table in docs/client.md names every transcript, and no other",
  () => {
    const guide = Deno.readTextFileSync(new URL("../../docs/client.md", import.meta.url));
    const named = [...guide.matchAll(/`([a-z0-9-]+\.txt)`/g)].map(([, name]) => name);
    assertEquals([...new Set(named)].sort(), transcriptNames());
  },
);

function transcriptNames(): string[] {
  return [...Deno.readDirSync(FOLDER)].map(({ name }) => name)
    .filter((name) => name.endsWith(".txt")).sort();
}
