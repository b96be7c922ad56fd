/**
 * Messages in the form that was asked for.
 *
 * @module
 */
import { CrlfRepairer } from "../protocol/crlf.ts";
import type { ReadOptions } from "./mime_store.ts";

/** What was kept as it is, or in canonical form; ends when the signal says so. */
export async function* inForm(
  kept: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { form = "wire", signal }: ReadOptions,
): AsyncGenerator<Uint8Array> {
  const repairer = form === "wire" ? new CrlfRepairer() : undefined;
  for await (const chunk of kept) {
    const given = repairer?.push(chunk) ?? chunk;
    if (given.length > 0) yield given;
    signal?.throwIfAborted();
  }
  const end = repairer?.finish();
  if (end !== undefined && end.length > 0) yield end;
}
