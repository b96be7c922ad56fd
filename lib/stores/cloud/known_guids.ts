/**
 * Whether a message is there already, without a request for each.
 *
 * @module
 */
import type { Listing } from "./listing.ts";
import { type Identity, identityKey, type Row } from "./rows.ts";

/** So many messages of one source are looked for one by one; then all its guids are fetched. */
const ONE_BY_ONE = 3;

/** Of a source with more messages than that each is looked for: some 5 MB otherwise. */
const GUIDS = 20_000;

/** What one call of `addItems` knows of the messages that are there. */
export class KnownGuids {
  readonly #listing: Listing;
  #sourceid: string | undefined;
  #asked = 0;
  #guids: Set<string> | undefined;

  constructor(listing: Listing) {
    this.#listing = listing;
  }

  /** The message's row, if there is one. */
  async find(identity: Identity, signal: AbortSignal | undefined): Promise<Row | undefined> {
    if (identity.sourceid !== this.#sourceid) {
      this.#sourceid = identity.sourceid;
      this.#asked = 0;
      this.#guids = undefined;
    }
    if (this.#asked === ONE_BY_ONE) {
      this.#guids = await this.#listing.guids(identity.sourceid, GUIDS);
    }
    this.#asked++;
    // What others add meanwhile shows when we add it.
    if (this.#guids?.has(identity.guid) === false) {
      this.#guids.add(identity.guid);
      return undefined;
    }
    return (await this.#listing.find([identity], signal)).get(identityKey(identity));
  }
}
