/**
 * The messages that every server of the side-by-side run serves: the same octets for all of them,
 * made anew from a seed in each process.
 *
 * @module
 */

import { seeded } from "../../tests/helpers/random.ts";

/** Line endings of the files that the servers read; on the wire all is CRLF. */
export type Form = "crlf" | "lf";

/** `count` text messages of 1 to 4 KB. */
export function smallMessages(count: number, form: Form): Uint8Array[] {
  const random = seeded(1);
  return Array.from({ length: count }, (_, index) => {
    const lines = [...head(index), ""];
    const wanted = 12 + Math.floor(random() * 40);
    while (lines.length < wanted) lines.push(sentence(random));
    return encode(lines, form);
  });
}

/** `count` messages of 5 to 10 MB, nearly all of it base64 in lines of 76 characters. */
export function largeMessages(count: number, form: Form): Uint8Array[] {
  const random = seeded(2);
  const lines: string[] = [];
  while (lines.length < 1000) {
    const octets = Array.from({ length: 57 }, () => random() * 256);
    lines.push(btoa(String.fromCharCode(...octets)));
  }
  const block = encode(lines, form);
  return Array.from({ length: count }, (_, index) => {
    const top = encode([...head(index), "Content-Transfer-Encoding: base64", ""], form);
    const blocks = Math.round((5_000_000 + random() * 5_000_000) / block.length);
    const message = new Uint8Array(top.length + blocks * block.length);
    message.set(top);
    for (let at = top.length; at < message.length; at += block.length) message.set(block, at);
    return message;
  });
}

function head(index: number): string[] {
  return [
    `Received: from a.example.org by b.example.org id ${index}; Mon, 1 Jan 2024 10:00:00 +0000`,
    "From: Ada <ada@example.org>",
    "To: Charles <charles@example.org>",
    `Message-ID: <${index}@example.org>`,
    `Subject: message ${index}`,
    "Date: Mon, 1 Jan 2024 10:00:00 +0000",
    "MIME-Version: 1.0",
  ];
}

const WORDS = "the engine weaves algebraic patterns just as loom mill flowers and leaves".split(
  " ",
);

function sentence(random: () => number): string {
  const words = Array.from({ length: 11 }, () => WORDS[Math.floor(random() * WORDS.length)]);
  return `${words.join(" ")}.`;
}

function encode(lines: readonly string[], form: Form): Uint8Array {
  const ending = form === "crlf" ? "\r\n" : "\n";
  return new TextEncoder().encode(lines.join(ending) + ending);
}
