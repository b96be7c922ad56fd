/**
 * Payloads, read in slices: neither side ever holds more than one of them.
 *
 * @module
 */
import { StoreError } from "../errors.ts";
import { octetsFromHex } from "../izynode.ts";
import type { DataService } from "./data_service.ts";
import { numberOf } from "./rows.ts";

/** Octets a slice: twice as many characters come, well below any `max_allowed_packet`. */
export const SLICE = 1024 * 1024;

/**
 * A row's octets as they are kept, in slices; `undefined` once where there is no such row. Payloads
 * never change, so the slices fit together.
 *
 * @param where the table and the condition that picks the row
 */
export async function* readSlices(
  service: DataService,
  where: string,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array | undefined> {
  for (let at = 0, length = 1; at < length;) {
    const [row] = await service.select(
      "read a message",
      [
        `coalesce(hex(substring(payload, ${at + 1}, ${SLICE})), '-')`,
        "coalesce(length(payload), 0)",
      ],
      [`from ${where}`],
      signal,
    );
    if (row === undefined) {
      yield undefined;
      return;
    }
    const [digits = "", total] = row;
    length = numberOf(total);
    if (length === 0) return;
    const slice = octetsFromHex(digits);
    if (slice === undefined || slice.length !== Math.min(SLICE, length - at)) {
      throw new StoreError(
        "protocol",
        "Cannot read a message: the data service did not give the octets asked for; look at its log",
      );
    }
    at += slice.length;
    yield slice;
  }
}
