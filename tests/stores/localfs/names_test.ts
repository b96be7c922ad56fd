import { assert, assertEquals, assertNotEquals } from "@std/assert";
import {
  fileName,
  folderName,
  hashedName,
  identityOf,
  isMessageName,
  itemId,
  logName,
  safeName,
} from "../../../lib/stores/localfs/names.ts";
import { seeded } from "../../helpers/random.ts";

const name = (sourceid: string, guid: string): string => fileName({ sourceid, guid });

Deno.test("names show sourceid and guid as they are where they are safe", () => {
  assertEquals(name("joe@pop.example", "1a2b-3c_4d"), "joe@pop.example_1a2b-3c_4d.eml");
  assertEquals(logName("joe@pop.example"), "joe@pop.example_log.txt");
  assertEquals(name("", "1"), "_1.eml");
  assertEquals(logName(""), "_log.txt");
});

Deno.test("unsafe characters are percent-encoded as UTF-8", () => {
  assertEquals(name("a_b", "../x"), "a%5Fb_..%2Fx.eml");
  assertEquals(name("ü", 'q"\0\n'), "%C3%BC_q%22%00%0A.eml");
  assertEquals(name("%41", " :\\*?<>|"), "%2541_%20%3A%5C%2A%3F%3C%3E%7C.eml");
});

Deno.test("no name is hidden, or a device on Windows", () => {
  assertEquals(name(".a", "b"), "%2Ea_b.eml");
  assertEquals(name("con.x", "b"), "%63on.x_b.eml");
  assertEquals(name("COM1.", "b"), "%43OM1._b.eml");
  assertEquals(logName(".."), "%2E._log.txt");
  assertEquals(safeName("aux"), "%61ux");
});

Deno.test("names lead back to the identity", () => {
  const identities = [
    ["joe@pop.example", "1_2"],
    ["", ""],
    ["_", "_"],
    ["%", "%5F"],
    [
      "..",
      "../..",
    ],
    ["con.", "nul"],
    ["雪", "a b\n"],
    ["a", "x".repeat(180)],
  ];
  for (const [sourceid = "", guid = ""] of identities) {
    assertEquals(identityOf(name(sourceid, guid)), { form: "plain", sourceid, guid });
  }
});

Deno.test("random identities have safe names of their own that lead back", () => {
  const random = seeded(11);
  const alphabet = "aA0_.%-/\\~\0\n\"' éß雪😀";
  const seen = new Map<string, string>();
  const letters = [...alphabet];
  const word = (): string =>
    Array.from({ length: Math.floor(random() * 9) }, () => {
      return letters[Math.floor(random() * letters.length)];
    }).join("");
  for (let i = 0; i < 3000; i++) {
    const [sourceid, guid] = [word(), word()];
    const file = name(sourceid, guid);
    assert(/^[A-Za-z0-9@+=_%-][A-Za-z0-9@.+=_%-]*\.eml$/.test(file), file);
    const { form, ...identity } = identityOf(file);
    if (form === "plain") assertEquals(identity, { sourceid, guid });
    assertEquals(seen.get(file) ?? `${sourceid}\0\0${guid}`, `${sourceid}\0\0${guid}`);
    seen.set(file, `${sourceid}\0\0${guid}`);
  }
});

Deno.test("long names are shortened with a hash and stay different", () => {
  const long = "x".repeat(10_000);
  const names = [name(long, "1"), name(long, "2"), name(`${long}y`, "1"), name("a", long)];
  assertEquals(new Set(names).size, names.length);
  for (const file of names) {
    assert(file.length <= 200, file);
    assertEquals(identityOf(file).form, "hashed");
    assert(/^[0-9a-f]{64}$/.test(identityOf(file).guid));
  }
  assert(logName(long).length <= 200);
  assertNotEquals(logName(long), logName(`${long}y`));
  assertEquals(identityOf(hashedName({ sourceid: "a", guid: "b" })).form, "hashed");
});

Deno.test("a name that is not ours gives a guid that can stand in UIDL", () => {
  assertEquals(identityOf("letter.eml"), { form: "foreign", sourceid: "", guid: "letter" });
  assertEquals(identityOf("letter.EML").guid, "letter");
  for (const file of ["a b.eml", "ü.eml", `${"x".repeat(71)}.eml`, ".eml", "a%zz_1.eml"]) {
    const { form, guid } = identityOf(file);
    assertEquals(form, "foreign", file);
    assert(/^[\x21-\x7e]{1,70}$/.test(guid), guid);
  }
  assertNotEquals(identityOf("a b.eml").guid, identityOf("a  b.eml").guid);
});

Deno.test("only what we would write ourselves reads as ours", () => {
  // Two files whose names mean the same must not have the same identity.
  assertEquals(identityOf("a_%41.eml").form, "foreign");
  assertEquals(identityOf("a_%2f.eml").form, "foreign");
  assertEquals(identityOf("con._1.eml").form, "foreign");
  assertEquals(identityOf("a_1.Eml").form, "foreign");
});

Deno.test("messages are what ends in .eml in any case and is not hidden", () => {
  for (const file of ["a.eml", "a.EML", "a b.Eml", "ü.eml"]) assert(isMessageName(file), file);
  for (const file of [".a.eml", ".eml", "a.txt", "a.eml~", "eml", "a.eml.tmp"]) {
    assert(!isMessageName(file), file);
  }
});

Deno.test("ids are 16 hex digits", () => {
  assert(/^[0-9a-f]{16}$/.test(itemId("a.eml")));
});

Deno.test("users whose names a file system takes for one another have folders of their own", () => {
  assertEquals(folderName("joe@pop.example", true), "joe@pop.example");
  assertEquals(folderName("Joe", false), "Joe");
  assertEquals(folderName("Joe", true), "%4Aoe");
  assertEquals(folderName("joe.", false), "joe%2E");
  assertEquals(folderName("..", true), "%2E%2E");
  const users = ["a", "A", "a.", "%41", "%2541", "\u00e4", "\u00c4", "~", "con", "CON", "Con"];
  const long = ["x".repeat(255), `${"x".repeat(254)}X`, "X".repeat(150), "x".repeat(150)];
  const folders = [...users, ...long].map((user) => folderName(user, true));
  assertEquals(new Set(folders.map((each) => each.toLowerCase())).size, folders.length);
  assert(folders.every((each) => each.length <= 255));
});

Deno.test("a user's name is the name of one folder, whatever it is", () => {
  for (const user of [".", "..", "../x", "/", "a/b", "a\\b", "~", "con", ".hidden", "a\0", "C:"]) {
    const folder = safeName(user);
    assert(/^[A-Za-z0-9@+=%-][A-Za-z0-9@.+=%-]*$/.test(folder), folder);
  }
  assertEquals(safeName("joe@pop.example"), "joe@pop.example");
  assert(safeName("x".repeat(10_000)).length <= 200);
  assertNotEquals(safeName("x".repeat(10_000)), safeName("x".repeat(10_001)));
});
