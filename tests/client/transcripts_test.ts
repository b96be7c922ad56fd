/** Replays every transcript whole and an octet at a time, with CRLF and with bare LF. */

import { assert, assertEquals } from "@std/assert";
import { permitted } from "../helpers/permissions.ts";
import { parseTranscript, replayName, replayTranscript } from "./transcript.ts";

const FOLDER = new URL("../transcripts/", import.meta.url);
const DOCS = new URL("../../docs/", import.meta.url);
const GUIDE = (): string => Deno.readTextFileSync(new URL("quirks.md", DOCS));

permitted(
  { read: true },
  "every quirk of a server ends as its transcript says",
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

permitted({ read: true }, "docs/quirks.md has a row for every quirk of every transcript", () => {
  const named = [...rows()].flatMap(([number, files]) =>
    files.filter((file) => file.startsWith("tests/transcripts/")).map((file) => `${number} ${file}`)
  );
  const meant = transcriptNames().flatMap((name) => {
    const { quirks } = parseTranscript(Deno.readTextFileSync(new URL(name, FOLDER)));
    assert(quirks.length > 0, `${name} says of no quirk`);
    return quirks.map((quirk) => `${quirk} tests/transcripts/${name}`);
  });
  assertEquals(named.sort(), meant.sort());
  assertEquals([...rows().keys()], Array.from({ length: 61 }, (_, index) => index + 1));
});

permitted({ read: true }, "every file that docs/quirks.md names is there", () => {
  const files = linked(GUIDE());
  assert(files.length > 100);
  for (const file of files) assert(Deno.statSync(new URL(file, DOCS)).isFile, file);
});

/** The files that prove a row, by the quirk's number. */
function rows(): ReadonlyMap<number, readonly string[]> {
  const found = [...GUIDE().matchAll(/^\| *(\d+) *\|.*$/gm)];
  return new Map(found.map(([row, number]) => {
    return [Number(number), linked(row).map((file) => file.replace("../", ""))];
  }));
}

/** Relative links to files, as they are written. */
function linked(text: string): readonly string[] {
  return [...text.matchAll(/\]\(([^):]+\.(?:ts|txt|md))\)/g)].map(([, file = ""]) => file);
}

function transcriptNames(): string[] {
  return [...Deno.readDirSync(FOLDER)].map(({ name }) => name)
    .filter((name) => name.endsWith(".txt")).sort();
}
