import { assertEquals, assertThrows } from "@std/assert";
import { SaslError } from "../../../lib/protocol/sasl.ts";
import {
  parseClientFinal,
  parseClientFirst,
  parseServerFinal,
  parseServerFirst,
  writeClientFinal,
  writeServerFirst,
} from "../../../lib/protocol/sasl/scram_messages.ts";
import { seeded } from "../../helpers/random.ts";

function octets(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

Deno.test("the messages of the example in RFC 7677 are read", () => {
  const nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
  assertEquals(parseClientFirst(octets("n,,n=user,r=rOprNGfwEbeRWgbNEkqO")), {
    gs2Header: "n,,",
    authzid: undefined,
    user: "user",
    nonce: "rOprNGfwEbeRWgbNEkqO",
    bare: "n=user,r=rOprNGfwEbeRWgbNEkqO",
  });
  const first = parseServerFirst(octets(`r=${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`));
  assertEquals([first.nonce, first.salt.length, first.iterations], [nonce, 16, 4096]);
  assertEquals(writeServerFirst(first), `r=${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`);
  const final = parseClientFinal(
    octets(`c=biws,r=${nonce},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`),
  );
  assertEquals([final.channelBinding, final.nonce], [octets("n,,"), nonce]);
  assertEquals([final.proof.length, final.withoutProof], [32, `c=biws,r=${nonce}`]);
  assertEquals(writeClientFinal("n,,", nonce), final.withoutProof);
  const last = parseServerFinal(octets("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
  assertEquals(last.kind === "verifier" && last.signature.length, 32);
});

Deno.test("extensions behind what must be there are passed over", () => {
  assertEquals(parseClientFirst(octets("y,a=me,n=me,r=abc,x=1,y==")).nonce, "abc");
  assertEquals(parseServerFirst(octets("r=a,s=AAAA,i=1,z=9")).iterations, 1);
  assertEquals(parseClientFinal(octets("c=biws,r=a,x=y,p=AAAA")).withoutProof, "c=biws,r=a,x=y");
  assertEquals(parseServerFinal(octets("e=other-error,x=1")), {
    kind: "error",
    reason: "other-error",
  });
});

Deno.test("the client's first message must be as RFC 5802 has it", () => {
  const wrong = [
    "",
    "n,,",
    "n,,n=user",
    "n,,r=abc",
    "n,,r=abc,n=user",
    "n,,n=,r=abc",
    "n,,n=user,r=",
    "n,,n=us=er,r=abc",
    "n,,n=us\0er,r=abc",
    "n,,n=us\ner,r=abc",
    "n,,n=user,r=a\x7fb",
    "n,,n=user,r=ä",
    "n,,n=user,r=a b",
    "n,,N=user,r=abc",
    "n,,n=user,r=abc,",
    "n,,n=user,r=abc,xy",
    "n,,n=user,,r=abc",
    "n,,m=ext,n=user,r=abc",
    "n,,n=user,r=abc,m=ext",
    "p=tls-unique,,n=user,r=abc",
    "n,,n=user\xff,r=abc".padEnd(5000, "x"),
  ];
  for (const text of wrong) {
    assertThrows(() => parseClientFirst(octets(text)), SaslError, undefined, text);
  }
  assertThrows(() => parseClientFirst(Uint8Array.of(0x6e, 0x2c, 0xff)), SaslError, "UTF-8");
});

Deno.test("a mandatory extension is refused by name", () => {
  assertThrows(() => parseClientFirst(octets("n,,m=x,n=u,r=a")), SaslError, "extension");
  assertThrows(() => parseServerFirst(octets("m=x,r=a,s=AAAA,i=1")), SaslError, "extension");
});

Deno.test("the server's first message must be as RFC 5802 has it", () => {
  const wrong = [
    "",
    "r=a,s=AAAA",
    "s=AAAA,r=a,i=1",
    "r=a,s=,i=1",
    "r=a,s=A,i=1",
    "r=a,s=AAAA,i=0",
    "r=a,s=AAAA,i=01",
    "r=a,s=AAAA,i=-1",
    "r=a,s=AAAA,i=1e3",
    "r=a,s=AAAA,i=0x10",
    "r=a,s=AAAA,i=99999999999",
    "r=a,s=AAAA,i=",
    "e=no-such-user",
  ];
  for (const text of wrong) {
    assertThrows(() => parseServerFirst(octets(text)), SaslError, undefined, text);
  }
});

Deno.test("the client's second message must be as RFC 5802 has it", () => {
  const wrong = [
    "",
    "c=biws,r=a",
    "r=a,c=biws,p=AAAA",
    "c=biws,p=AAAA",
    "c=,r=a,p=AAAA",
    "c=biws,r=a,p=A",
    "c=biws,r=a,p=AAAA,x=1",
    "c=biws,r=a,m=x,p=AAAA",
    "p=AAAA",
  ];
  for (const text of wrong) {
    assertThrows(() => parseClientFinal(octets(text)), SaslError, undefined, text);
  }
});

Deno.test("the server's last message is a signature or an error", () => {
  for (const text of ["", "v=", "v=A", "x=1", "e=", "V=AAAA"]) {
    assertThrows(() => parseServerFinal(octets(text)), SaslError, undefined, text);
  }
  assertEquals(parseServerFinal(octets("e=bad\x1b[2J")), { kind: "error", reason: "bad?[2J" });
});

Deno.test("whatever comes, a message is read or refused", () => {
  const random = seeded(4);
  const alphabet = "n,=a\0r\xffvpcsie+/AZ0 m\x01";
  const parsers = [parseClientFirst, parseServerFirst, parseClientFinal, parseServerFinal];
  for (let round = 0; round < 4000; round++) {
    const message = Uint8Array.from(
      { length: Math.floor(random() * 20) },
      () => alphabet.charCodeAt(Math.floor(random() * alphabet.length)),
    );
    for (const parse of parsers) {
      try {
        parse(message);
      } catch (error) {
        if (!(error instanceof SaslError)) throw error;
      }
    }
  }
});
