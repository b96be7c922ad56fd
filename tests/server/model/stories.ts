/** Stories for the model: what sites there are, and what clients say to them. */

import { fc, octetText } from "../../helpers/property.ts";

/** What one client does, one thing after the other. */
export type Step =
  /** Sends a line (a code unit an octet), which ends in a bare LF if `lf`. */
  | { readonly kind: "line"; readonly line: string; readonly lf: boolean }
  /** APOP with the digest that belongs to this greeting, or with another one. */
  | { readonly kind: "apop"; readonly right: boolean }
  /** All messages of SCRAM-SHA-256. */
  | { readonly kind: "scram"; readonly name: string; readonly right: boolean }
  /** STLS, and behind it in the clear what must never be run. */
  | { readonly kind: "stls"; readonly injected: string }
  /** Another connection signs in as the same user, and quits. */
  | { readonly kind: "rival" };

/** How a client goes away that does not QUIT. */
export type Leaving = "hang up" | "half-close" | "half a line" | "in a message";

/** One connection. */
export interface Visit {
  /** Whether it begins with TLS, where that is offered. */
  readonly implicitTls: boolean;
  readonly steps: readonly Step[];
  /** How the octets arrive: the lengths of the pieces. */
  readonly cuts: readonly number[];
  readonly leaving: Leaving;
}

/** A site, and who visits it one after the other. */
export interface Story {
  readonly tls: "none" | "offered" | "required";
  readonly commitMode: boolean;
  readonly onDelete: "archive" | "remove";
  readonly lock: boolean;
  readonly loginDelay: boolean;
  /** Whether the store can give a small message at once. */
  readonly quick: boolean;
  /** The messages of each user. */
  readonly mine: readonly string[];
  readonly yours: readonly string[];
  readonly visits: readonly Visit[];
}

/** Two users; the second one's name can be written in two ways, and has an octet over 127. */
export const ME = { name: "me", password: "se cret" } as const;
export const YOU = { name: "j\xc3\xb6rg", password: "p\xc3\xa4ss" } as const;
export const TOKEN = "good-token";

/** Spellings of the names in UTF-8, an octet a code unit: full-width, and with a combining mark. */
export const SPELLINGS = {
  "me": ["me", "\xef\xbd\x8d\xef\xbd\x85"],
  "you": ["j\xc3\xb6rg", "jo\xcc\x88rg"],
} as const;

const NAMES = [...SPELLINGS.me, ...SPELLINGS.you, "nobody", "ME", "me "] as const;
const PASSWORDS = [ME.password, YOU.password, "wrong", "", " " + ME.password, ME.password + " "];

/** Messages that are there, mostly. */
const number = fc.constantFrom(1, 2, 1, 2, 3, 4, 1, 3, 5, 0, 6);
const name = fc.constantFrom(...NAMES);
const password = fc.constantFrom(...PASSWORDS);

/** With the messages that are there, mostly. */
const dropCommand = fc.oneof(
  { weight: 4, arbitrary: number.map((each) => `RETR ${each}`) },
  { weight: 2, arbitrary: number.map((each) => `DELE ${each}`) },
  { weight: 2, arbitrary: fc.tuple(number, number).map(([at, lines]) => `TOP ${at} ${lines}`) },
  { weight: 2, arbitrary: number.map((each) => `LIST ${each}`) },
  { weight: 1, arbitrary: number.map((each) => `uidl ${each}`) },
  {
    weight: 6,
    arbitrary: fc.constantFrom("STAT", "LIST", "UIDL", "RSET", "NOOP", "list", "Stat", "uIdL"),
  },
);

const PLAIN_MESSAGES = [
  ...[ME, YOU].map((each) => `\0${each.name}\0${each.password}`),
  `${ME.name}\0${ME.name}\0${ME.password}`,
  `${YOU.name}\0${ME.name}\0${ME.password}`,
  `\0${ME.name}\0wrong`,
  `\0${ME.name}\0`,
  `\0\0${ME.password}`,
  `\0${ME.name}`,
  "",
];
const TOKEN_MESSAGES = ["OAUTHBEARER", "XOAUTH2"].flatMap((mechanism) =>
  [TOKEN, "bad-token"].map((token) => ({
    mechanism,
    message: `${mechanism === "XOAUTH2" ? "user=me" : "n,a=me,"}\x01auth=Bearer ${token}\x01\x01`,
  }))
);

const response = fc.oneof(
  fc.constantFrom(...PLAIN_MESSAGES.map(btoa)),
  fc.constantFrom(...TOKEN_MESSAGES.map(({ message }) => btoa(message))),
  fc.constantFrom("*", "", "???", "AAA", "A A=", "=AAA", "AAA=BBB", "=", "AQ=="),
  fc.constantFrom(btoa(ME.name), btoa(ME.password), btoa(YOU.name)),
);
const mechanism = fc.constantFrom("PLAIN", "LOGIN", "plain", "OAUTHBEARER", "XOAUTH2");

const authCommand = fc.oneof(
  fc.constantFrom("AUTH", "AUTH CRAM-MD5", "AUTH PLAIN =", "AUTH PLAIN AAA", "AUTH SCRAM-SHA-256"),
  fc.constantFrom(...PLAIN_MESSAGES.map((each) => `AUTH PLAIN ${btoa(each)}`)),
  fc.constantFrom(...TOKEN_MESSAGES.map((each) => `AUTH ${each.mechanism} ${btoa(each.message)}`)),
  mechanism.map((each) => `AUTH ${each}`),
  fc.tuple(mechanism, response).map(([which, said]) => `AUTH ${which} ${said}`),
);

const odd = fc.constantFrom(
  ...["", " ", "WHAT", "RETR", "RETR one", "RETR 0x1", "RETR 1.5", "RETR -1", "RETR  1", "RETR 1 "],
  ...["LIST 1 2", "DELE 00001", "DELE 4294967297", "TOP 1", "TOP 1 -1", "TOP 1 1 1", "STAT 1"],
  ...["STAT ", "USER", "USER ", "PASS", "APOP me", "AUTH PLAIN x y", "CAPA x", "NOOP x", "QUIT x"],
  ...["UTF8 x", "STLS x", "LANG en us", "LANG !", "RETR 1\r", "RETR\t1", "\xfe", "USER \xff", "."],
);

const anyOctets = octetText({ maxLength: 300 }).map((text) => text.replaceAll("\n", " "));
const long = fc.integer({ min: 245, max: 260 }).map((length) => "USER ".padEnd(length, "u"));

const anyTime = fc.constantFrom("CAPA", "capa ", "LANG", "LANG *", "LANG en-GB", "LANG fr", "NOOP");

const line = (lines: fc.Arbitrary<string>): fc.Arbitrary<Step> =>
  fc.tuple(lines, fc.integer({ min: 0, max: 19 }))
    .map(([line, chance]) => ({ kind: "line", line, lf: chance === 19 }));

const beforeSignIn = fc.oneof(
  name.map((each) => `USER ${each}`),
  password.map((each) => `PASS ${each}`),
  authCommand,
  response,
  fc.constantFrom("UTF8", "QUIT"),
);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 60, arbitrary: line(dropCommand) },
  { weight: 8, arbitrary: line(anyTime) },
  { weight: 8, arbitrary: line(beforeSignIn) },
  { weight: 5, arbitrary: line(odd) },
  { weight: 2, arbitrary: line(anyOctets) },
  { weight: 1, arbitrary: line(long) },
  { weight: 2, arbitrary: line(fc.constant("QUIT")) },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: "rival" }) },
  { weight: 1, arbitrary: fc.boolean().map((right): Step => ({ kind: "apop", right })) },
  {
    weight: 2,
    arbitrary: fc.constantFrom("", "STAT\r\n", "USER me\r\nPASS se cret\r\nDELE 1\r\nQUIT\r\n")
      .map((injected): Step => ({ kind: "stls", injected })),
  },
);

const says = (...lines: readonly string[]): readonly Step[] =>
  lines.map((line) => ({ kind: "line", line, lf: false }));

/** Ways in that work, and some that do not. */
const begin: fc.Arbitrary<readonly Step[]> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.constantFrom(
      says(`USER ${ME.name}`, `PASS ${ME.password}`),
      says(`USER ${YOU.name}`, `PASS ${YOU.password}`),
      says(`AUTH PLAIN ${btoa(PLAIN_MESSAGES[0] ?? "")}`),
      says("AUTH PLAIN", btoa(PLAIN_MESSAGES[1] ?? "")),
      says("AUTH LOGIN", btoa(ME.name), btoa(ME.password)),
      ...TOKEN_MESSAGES.slice(0, 1).map((each) =>
        says(`AUTH ${each.mechanism} ${btoa(each.message)}`)
      ),
    ),
  },
  { weight: 2, arbitrary: fc.boolean().map((right): Step[] => [{ kind: "apop", right }]) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom(ME.name, "nobody"), fc.boolean())
      .map(([name, right]): Step[] => [{ kind: "scram", name, right }]),
  },
  { weight: 3, arbitrary: fc.array(line(beforeSignIn), { maxLength: 14 }) },
  {
    // What was said in the clear must be forgotten behind STLS.
    weight: 1,
    arbitrary: fc.constantFrom<readonly Step[]>([
      ...says(`USER ${ME.name}`),
      { kind: "stls", injected: "" },
      ...says(`PASS ${ME.password}`),
    ]),
  },
  { weight: 2, arbitrary: fc.constant([]) },
);

const visit: fc.Arbitrary<Visit> = fc.record({
  implicitTls: fc.boolean(),
  stls: fc.boolean(),
  begin,
  more: fc.array(step, { maxLength: 30, size: "max" }),
  cuts: fc.oneof(fc.constant([]), fc.array(fc.integer({ min: 1, max: 600 }), { maxLength: 5 })),
  leaving: fc.constantFrom<Leaving>("hang up", "half-close", "half a line", "in a message"),
}).map(({ implicitTls, stls, begin, more, cuts, leaving }): Visit => {
  const upgrade: readonly Step[] = stls ? [{ kind: "stls", injected: "" }] : [];
  return { implicitTls, steps: [...upgrade, ...begin, ...more], cuts, leaving };
});

const bodyLine = fc.constantFrom(
  ...["Subject: gr\xc3\xbc\xc3\x9f", "\xff\0"],
  "",
  ".",
  "..",
  ".x",
  "Subject: y",
  "To: z",
  "\r",
  "z".repeat(90),
);
/** Does not fit into a buffer. */
const LARGE = `${"L".repeat(78)}\r\n`.repeat(1800);

const message = fc.tuple(
  fc.array(bodyLine, { maxLength: 10 }),
  fc.integer({ min: 0, max: 59 }),
).map(([lines, chance]) =>
  lines.map((each) => each + "\r\n").join("") + (chance === 59 ? LARGE : "")
);

/** Stories with so many visits each. */
export function stories(visits: number): fc.Arbitrary<Story> {
  return fc.record({
    tls: fc.constantFrom("none", "offered", "required"),
    commitMode: fc.boolean(),
    onDelete: fc.constantFrom("archive", "remove"),
    lock: fc.boolean(),
    loginDelay: fc.integer({ min: 0, max: 9 }).map((chance) => chance === 9),
    quick: fc.boolean(),
    mine: fc.array(message, { maxLength: 5 }),
    yours: fc.array(message, { maxLength: 2 }),
    visits: fc.array(visit, { minLength: 1, maxLength: visits, size: "max" }),
  });
}
