/**
 * The little XML that object stores answer with: elements without attributes, written by machines.
 * A library for all of XML would be larger than all the rest of this store.
 *
 * @module
 */

/** What a listing tells of an object. */
export interface ListedObject {
  readonly key: string;
  readonly size: number;
  /** ms since the epoch, by the store's clock. */
  readonly modified: number;
}

/** A page of a listing. */
export interface ListPage {
  readonly objects: readonly ListedObject[];
  /** Where the next page begins; `undefined` on the last. */
  readonly next: string | undefined;
}

/** Reads a page of `ListObjectsV2`; `undefined` where the text is none, or not whole. */
export function readListing(xml: string): ListPage | undefined {
  if (!/<ListBucketResult[\s>]/.test(xml) || !/<\/ListBucketResult>\s*$/.test(xml)) {
    return undefined;
  }
  const objects: ListedObject[] = [];
  for (const [, content = ""] of xml.matchAll(/<Contents>([^]*?)<\/Contents>/g)) {
    const key = element(content, "Key");
    const size = Number(element(content, "Size"));
    const modified = Date.parse(element(content, "LastModified") ?? "");
    if (key === undefined || !Number.isSafeInteger(size) || Number.isNaN(modified)) {
      return undefined;
    }
    objects.push({ key, size, modified });
  }
  const isCut = element(xml, "IsTruncated")?.trim() === "true";
  const next = element(xml, "NextContinuationToken");
  if (isCut && (next === undefined || next === "")) return undefined;
  return { objects, next: isCut ? next : undefined };
}

/** The text of the first element of that name; `undefined` where there is none. */
export function element(xml: string, name: string): string | undefined {
  const start = xml.indexOf(`<${name}>`);
  const end = start === -1 ? -1 : xml.indexOf(`</${name}>`, start);
  return end === -1 ? undefined : unescaped(xml.slice(start + name.length + 2, end));
}

/** `text` as it may stand in an element. */
export function escaped(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

function unescaped(text: string): string {
  return text.replace(
    /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w{1,5}));/gi,
    (all, decimal, hex, name) => {
      if (name !== undefined) return ENTITIES[name] ?? all;
      const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
      return code <= 0x10ffff ? String.fromCodePoint(code) : all;
    },
  );
}
