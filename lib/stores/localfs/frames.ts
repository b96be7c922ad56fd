/**
 * The octets of the index: frames, each with a checksum, appended one behind the other.
 *
 * A frame is 16 octets (mark and type, length of the payload, its CRC-32, count) and a payload
 * that is filled up to a multiple of 8 octets. Messages lie in columns, not in rows, so that a
 * million of them are taken over by a few copies. Numbers are little-endian, as are all machines
 * that Deno runs on; columns are then views on the file's octets.
 *
 * @module
 */
import { crc32 } from "node:zlib";

/** A message in the index. */
export interface IndexRow {
  readonly id: string;
  /** SHA-256 in hex, always 64 characters. */
  readonly fingerprint: string;
  readonly name: string;
  /** JSON of sourceid and guid where the name does not tell them, else empty. */
  readonly identity: string;
  /** The tag's place among the six. */
  readonly tag: number;
  readonly created: number;
  /** The message's own date. */
  readonly date: number;
  /** The file's time of last change, ms. */
  readonly mtime: number;
  /** Octets on the wire. */
  readonly size: number;
  /** Octets in the file. */
  readonly kept: number;
  /** {@linkcode CANONICAL} and so on, added up. */
  readonly flags: number;
}

/** The file is in canonical form: RETR copies it. */
export const CANONICAL = 1;
/** A canonical line begins with a dot. */
export const STUFFING = 2;
/** It was so young when it was measured that it may still have been growing. */
export const UNSETTLED = 4;
/** Someone else put it into the folder. */
export const FOREIGN = 8;
/** Its name is not the first choice for its identity: another message had that one. */
export const OTHER_NAME = 16;

/** In a change: the row is gone. */
export const REMOVED = 255;
/** In a change: the row is no longer {@linkcode UNSETTLED}. */
export const SETTLED = 254;

/** A row that bears another tag (0 to 5), or is {@linkcode REMOVED}, or {@linkcode SETTLED}. */
export interface Change {
  /** The row's place among all rows of the file, from 0. */
  readonly row: number;
  readonly to: number;
}

/** Rows as columns. */
export interface RowBlock {
  readonly count: number;
  readonly created: Float64Array;
  readonly date: Float64Array;
  readonly mtime: Float64Array;
  readonly size: Float64Array;
  readonly kept: Float64Array;
  /** How many UTF-16 units of the text belong to each row. */
  readonly textLength: Uint32Array;
  readonly nameLength: Uint16Array;
  readonly tag: Uint8Array;
  readonly flags: Uint8Array;
  /** Of each row: id (16), fingerprint (64), name, identity; in UTF-8. */
  readonly text: Uint8Array;
}

/** What a frame says. */
export type Frame =
  | { readonly type: "rows"; readonly block: RowBlock }
  | { readonly type: "changes"; readonly changes: readonly Change[] }
  /** The folders' times of last change when all their names were known; NaN where they were not. */
  | { readonly type: "folders"; readonly times: readonly number[] };

/** Frames that were read. */
export interface ReadFrames {
  readonly frames: readonly Frame[];
  /** How many octets are whole frames. */
  readonly end: number;
  /** Whether something stands behind `end` that is no whole frame. */
  readonly damaged: boolean;
  /** How many octets a frame at `end` would have; 0 where none can begin there. */
  readonly wanted: number;
}

/** Octets before a frame's payload. */
export const FRAME_HEAD = 16;
const MARK = 0x697a7900;
const ROWS = 1;
const CHANGES = 2;
const FOLDERS = 3;
/** Octets of a row in the columns. */
const ROW_OCTETS = 5 * 8 + 4 + 2 + 1 + 1;

/** A frame of rows. */
export function encodeRows(rows: readonly IndexRow[]): Uint8Array {
  const texts = rows.map((row) => row.id + row.fingerprint + row.name + row.identity);
  const text = new TextEncoder().encode(texts.join(""));
  const frame = newFrame(ROWS, rows.length, rows.length * ROW_OCTETS + text.length);
  const block = blockOf(frame.subarray(FRAME_HEAD), rows.length);
  rows.forEach((row, i) => {
    block.created[i] = row.created;
    block.date[i] = row.date;
    block.mtime[i] = row.mtime;
    block.size[i] = row.size;
    block.kept[i] = row.kept;
    block.textLength[i] = texts[i]?.length ?? 0;
    block.nameLength[i] = row.name.length;
    block.tag[i] = row.tag;
    block.flags[i] = row.flags;
  });
  block.text.set(text);
  return sealed(frame);
}

/** A frame of changes. */
export function encodeChanges(changes: readonly Change[]): Uint8Array {
  const frame = newFrame(CHANGES, changes.length, changes.length * 8);
  const numbers = new Uint32Array(frame.buffer, FRAME_HEAD, changes.length * 2);
  changes.forEach((change, i) => numbers.set([change.row, change.to], i * 2));
  return sealed(frame);
}

/** A frame with the state of the folders. */
export function encodeFolders(times: readonly number[]): Uint8Array {
  const frame = newFrame(FOLDERS, times.length, times.length * 8);
  new Float64Array(frame.buffer, FRAME_HEAD, times.length).set(times);
  return sealed(frame);
}

/** Reads all whole frames; `octets` must begin at a multiple of 8 of its buffer. */
export function readFrames(octets: Uint8Array): ReadFrames {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  const frames: Frame[] = [];
  let at = 0;
  while (at < octets.length) {
    const length = wholeFrame(octets, view, at);
    const frame = length === undefined ? undefined : decoded(octets, view, at, length);
    if (length === undefined || frame === undefined) break;
    frames.push(frame);
    at += length;
  }
  return { frames, end: at, damaged: at < octets.length, wanted: wantedAt(octets, view, at) };
}

/** A head that is not there yet may be any. */
function wantedAt(octets: Uint8Array, view: DataView, at: number): number {
  if (octets.length - at < FRAME_HEAD) return FRAME_HEAD;
  const length = FRAME_HEAD + view.getUint32(at + 4, true);
  const isHead = (view.getUint32(at, true) & ~0xff) === MARK && length % 8 === 0;
  return isHead && octets.length - at < length ? length : 0;
}

/** The length of the frame at `at`, where it is whole and its checksum is right. */
export function wholeFrame(octets: Uint8Array, view: DataView, at: number): number | undefined {
  if (octets.length - at < FRAME_HEAD || (view.getUint32(at, true) & ~0xff) !== MARK) {
    return undefined;
  }
  const length = FRAME_HEAD + view.getUint32(at + 4, true);
  if (length % 8 !== 0 || octets.length - at < length) return undefined;
  return checksum(octets.subarray(at, at + length)) === view.getUint32(at + 8, true)
    ? length
    : undefined;
}

function decoded(
  octets: Uint8Array,
  view: DataView,
  at: number,
  length: number,
): Frame | undefined {
  const type = view.getUint32(at, true) & 0xff;
  const count = view.getUint32(at + 12, true);
  const payload = octets.subarray(at + FRAME_HEAD, at + length);
  if (type === ROWS && count * ROW_OCTETS <= payload.length) {
    return { type: "rows", block: blockOf(payload, count) };
  }
  if (count * 8 > payload.length) return undefined;
  if (type === CHANGES) {
    const numbers = new Uint32Array(payload.buffer, payload.byteOffset, count * 2);
    const changes = Array.from({ length: count }, (_, i) => ({
      row: numbers[i * 2] ?? 0,
      to: numbers[i * 2 + 1] ?? 0,
    }));
    return { type: "changes", changes };
  }
  const times = new Float64Array(payload.buffer, payload.byteOffset, count);
  return type === FOLDERS ? { type: "folders", times: [...times] } : undefined;
}

/** The columns in a payload, the widest first so that each is aligned. */
function blockOf(payload: Uint8Array, count: number): RowBlock {
  const { buffer, byteOffset } = payload;
  const floats = (place: number): Float64Array =>
    new Float64Array(buffer, byteOffset + place * 8 * count, count);
  const narrow = byteOffset + 40 * count;
  return {
    count,
    created: floats(0),
    date: floats(1),
    mtime: floats(2),
    size: floats(3),
    kept: floats(4),
    textLength: new Uint32Array(buffer, narrow, count),
    nameLength: new Uint16Array(buffer, narrow + 4 * count, count),
    tag: payload.subarray(46 * count, 47 * count),
    flags: payload.subarray(47 * count, 48 * count),
    text: payload.subarray(48 * count),
  };
}

/** A frame with room for so many octets of payload; {@linkcode sealed} when that is filled in. */
export function newFrame(type: number, count: number, payload: number): Uint8Array {
  const length = Math.ceil(payload / 8) * 8;
  const frame = new Uint8Array(FRAME_HEAD + length);
  const view = new DataView(frame.buffer);
  view.setUint32(0, MARK | type, true);
  view.setUint32(4, length, true);
  view.setUint32(12, count, true);
  return frame;
}

/** The frame with its checksum. */
export function sealed(frame: Uint8Array): Uint8Array {
  new DataView(frame.buffer).setUint32(8, checksum(frame), true);
  return frame;
}

/** Over the whole frame but the checksum itself. */
function checksum(frame: Uint8Array): number {
  return crc32(frame.subarray(12), crc32(frame.subarray(0, 8)));
}
