/** What holds for all SASL messages that a peer can send; examples are in the files beside. */
import { assert, assertEquals } from "@std/assert";
import { SaslError } from "../../../lib/protocol/sasl.ts";
import { fromBase64, toBase64 } from "../../../lib/protocol/sasl/base64.ts";
import { escapeSaslName, readGs2Header, readSaslName } from "../../../lib/protocol/sasl/gs2.ts";
import {
  parseOauthBearer,
  parseXoauth2,
  readTokenRefusal,
  writeOauthBearer,
  writeXoauth2,
} from "../../../lib/protocol/sasl/oauth.ts";
import { parsePlain, plainClient } from "../../../lib/protocol/sasl/plain.ts";
import { saslprep } from "../../../lib/protocol/sasl/saslprep.ts";
import {
  parseClientFinal,
  parseClientFirst,
  parseServerFinal,
  parseServerFirst,
  writeServerFirst,
} from "../../../lib/protocol/sasl/scram_messages.ts";
import { fc, holdsForAll, nastyOctets, octetText } from "../../helpers/property.ts";
import { latin1 } from "../../helpers/random.ts";
import { fromBase64 as naiveBase64 } from "../../server/model/grammar.ts";

/** Messages that are nearly right, which is where parsers go wrong. */
const piece = fc.constantFrom(
  ...["n,", "y,", "p=tls-unique,", ",", "a=me,", "n=user", "r=nonce", "s=AAAA", "i=4096", "i=0"],
  ...["c=biws", "p=AAAA", "v=AAAA", "e=no", "m=x", "=2C", "=3D", "=", "\0", "me", "\x01", "auth="],
  ...["auth=Bearer token", "host=h", "user=me", "\x01\x01", "\xff", "\xc3\xb6", "\xe2\x80\xae"],
);
const nearly = fc.array(piece, { maxLength: 12 }).map((pieces) => latin1(pieces.join("")));
const anything = fc.oneof(nearly, nastyOctets(80));

const PARSERS = {
  parsePlain,
  parseOauthBearer,
  parseXoauth2,
  parseClientFirst,
  parseClientFinal,
  parseServerFirst,
  parseServerFinal,
  readTokenRefusal,
  readGs2Header: (message: Uint8Array) => readGs2Header(new TextDecoder().decode(message)),
} as const;

for (const [name, parse] of Object.entries(PARSERS)) {
  Deno.test(`whatever comes, ${name} reads it or throws a SaslError of one line`, () => {
    holdsForAll(anything, (message) => {
      try {
        parse(message);
      } catch (error) {
        assert(error instanceof SaslError, `${error}`);
        assert(/^[\x20-\x7e]+$/.test(error.message), error.message);
      }
    }, { runs: 1000 });
  });
}

/** Names that can be names, as SASLprep leaves them. */
const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }).filter((each) => {
  try {
    return saslprep(each) !== "";
  } catch {
    return false;
  }
}).map(saslprep);
const password = octetText({ minLength: 1, maxLength: 40 })
  .map((each) => latin1(each.replaceAll("\0", " ")));

Deno.test("PLAIN reads what its client says", () => {
  holdsForAll(fc.tuple(name, password), ([user, secret]) => {
    const { initial = new Uint8Array() } = plainClient(user, secret);
    assertEquals(parsePlain(initial), { authzid: "", user, password: secret });
  });
});

Deno.test("a token's messages read as they were written", () => {
  const token = fc.string({ minLength: 1, maxLength: 200 }).map((each) =>
    each.replaceAll(" ", "_")
  );
  holdsForAll(fc.tuple(name, token), ([user, each]) => {
    const server = { hostname: "mail.example.org", port: 995 };
    assertEquals(parseOauthBearer(writeOauthBearer(user, each, server)), { user, token: each });
    assertEquals(parseXoauth2(writeXoauth2(user, each)), { user, token: each });
  });
});

Deno.test("a name in a SCRAM message reads as it was written", () => {
  holdsForAll(name, (each) => assertEquals(readSaslName(escapeSaslName(each)), each));
});

Deno.test("the server's first message reads as it was written", () => {
  const first = fc.record({
    nonce: fc.stringMatching(/^[\x21-\x2b\x2d-\x7e]{1,40}$/),
    salt: fc.uint8Array({ minLength: 1, maxLength: 30 }).map((each) => Uint8Array.from(each)),
    iterations: fc.integer({ min: 1, max: 5_000_000 }),
  });
  holdsForAll(first, (each) => {
    assertEquals(parseServerFirst(new TextEncoder().encode(writeServerFirst(each))), each);
  });
});

Deno.test("Base64 is read only as it is written", () => {
  holdsForAll(nastyOctets(), (each) => assertEquals(fromBase64(toBase64(each)), each));
  const alphabet = fc.constantFrom(..."AQgw+/=zZ9 -_\n\xff");
  holdsForAll(fc.string({ unit: alphabet, maxLength: 12 }), (text) => {
    const wanted = naiveBase64(text);
    let read: Uint8Array | undefined;
    try {
      read = fromBase64(text);
    } catch (error) {
      assert(error instanceof SaslError);
    }
    assertEquals(read, wanted === undefined ? undefined : latin1(wanted));
  }, { runs: 3000 });
});

Deno.test("what SASLprep prepared once it leaves alone", () => {
  holdsForAll(name, (each) => assertEquals(saslprep(each), each));
});
