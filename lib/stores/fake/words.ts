/**
 * What made-up messages are made of.
 *
 * @module
 */
import type { Dice } from "./random.ts";

/** Who writes and who is written to; the domains can never exist (RFC 2606). */
export const PEOPLE: readonly [string, ...string[]] = [
  "Ada Quill <ada@writers.example>",
  '"Bell, Boris" <boris.bell@ships.example>',
  "Chidi O'Marra <chidi+lists@garden.example>",
  "=?utf-8?q?D=C3=B6rte_K=C3=BChn?= <doerte@kuehn.example>",
  "erin@no-name.example",
  "=?utf-8?b?6Zuq5a2Q?= <yukiko@snow.example>",
  "Faruk Tan <faruk.tan@office.example>",
];

// deno-fmt-ignore: a list of words reads better in rows
const WORDS: readonly [string, ...string[]] = [
  "the", "harbour", "letter", "arrives", "before", "winter", "and", "nobody", "reads", "it", "a",
  "quiet", "engine", "of", "seven", "wheels", "turns", "under", "green", "glass", "while", "rain",
  "counts", "every", "window", "in", "town", "maps", "were", "drawn", "by", "hand", "for", "birds",
];

/** The words that only UTF-8 can carry. */
export const ACCENTED: readonly [string, ...string[]] = [
  "Grüße aus Köln",
  "déjà vu à la carte",
  "смотри письмо",
  "雪は静かに降る",
  "zażółć gęślą jaźń",
  "✉ → 📬",
];

/** So many words with a space between. */
export function words(dice: Dice, count: number): string {
  return Array.from({ length: count }, () => dice.pick(WORDS)).join(" ");
}

/** A sentence of 5 to 16 words. */
export function sentence(dice: Dice): string {
  const text = words(dice, 5 + dice.below(12));
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}

/** Paragraphs of lines that are hardly longer than 72 characters. */
export function paragraphs(dice: Dice, count: number): string[] {
  return Array.from({ length: count }, () => {
    const sentences = Array.from({ length: 1 + dice.below(4) }, () => sentence(dice));
    return `${wrap(sentences.join(" "))}\r\n\r\n`;
  });
}

function wrap(text: string): string {
  return text.replace(/(.{1,72})(?: |$)/g, "$1\r\n").trimEnd();
}
