/**
 * Batches on their way to the disk: while one is being made durable, the next is filled.
 *
 * @module
 */
import type { AddResult, MimeItem } from "../mime_store.ts";
import type { Batch, NewMessage } from "./batch.ts";

/** Messages that wait for the disk together; each may hold a file open. */
const BATCH_COUNT = 64;
/** Octets that wait together. */
const BATCH_OCTETS = 8 * 1024 * 1024;

/** The batches of one call of `addItems`; results come in the order in which messages went in. */
export class Conveyor {
  readonly #batch: Batch;
  /** Called with the claims of a batch that came to its end, good or bad. */
  readonly #unclaim: (claims: readonly string[]) => void;
  /** Of the messages in the batch. */
  #claims: string[] = [];
  /** Of the message that is being taken in; it may be so while a batch is sent off. */
  #claimed: string | undefined;
  #underway: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #results: AddResult[] = [];

  constructor(batch: Batch, unclaim: (claims: readonly string[]) => void) {
    this.#batch = batch;
    this.#unclaim = unclaim;
  }

  /** Settles when the batch that is on its way has come there; never rejects. */
  get underway(): Promise<void> | undefined {
    return this.#underway;
  }

  /** Whether no message waits for the others of its batch. */
  get isEmpty(): boolean {
    return this.#batch.count === 0;
  }

  /** Whether no more should wait together. */
  get isFull(): boolean {
    return this.#batch.count >= BATCH_COUNT || this.#batch.octets >= BATCH_OCTETS;
  }

  /** For how many ms the first message has waited for others. */
  get age(): number {
    return this.#batch.age;
  }

  /** Keeps a claim for the message that is added next, until its batch has come to its end. */
  claim(name: string): void {
    this.#claimed = name;
  }

  /** Gives that claim back. */
  disclaim(): void {
    if (this.#claimed !== undefined) this.#unclaim([this.#claimed]);
    this.#claimed = undefined;
  }

  /** A new message. */
  addNew(message: NewMessage): void {
    this.#batch.addNew(message);
    if (this.#claimed !== undefined) this.#claims.push(this.#claimed);
    this.#claimed = undefined;
  }

  /** A message that was there before; a young one may be on no disk yet. */
  addDuplicate(item: MimeItem, isYoung: boolean): void {
    if (isYoung || !this.isEmpty || this.#underway !== undefined) this.#batch.addDuplicate(item);
    else this.#results.push({ outcome: "duplicate", item });
  }

  /** Sends off what waits, as soon as the batch before has come to its end. */
  async send(): Promise<void> {
    while (this.#underway !== undefined) await this.#underway;
    if (this.#batch.count > 0 && this.#failure === undefined) this.#underway = this.#commit();
  }

  /** Sends off what waits, and waits until it is durable; throws what kept it from that. */
  async empty(): Promise<void> {
    await this.send();
    await this.#underway;
    this.check();
  }

  /** Throws what kept a batch from the disk. Nothing is sent off behind that. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** The results since it was asked last. */
  results(): readonly AddResult[] {
    return this.#results.splice(0);
  }

  /** Waits for what is on its way, gives up the rest. */
  async stop(): Promise<void> {
    await this.#underway;
    this.disclaim();
    this.#unclaim(this.#claims.splice(0));
  }

  async #commit(): Promise<void> {
    const claims = this.#claims;
    this.#claims = [];
    try {
      this.#results.push(...await this.#batch.commit());
    } catch (error) {
      this.#failure = { error };
    } finally {
      this.#unclaim(claims);
      this.#underway = undefined;
    }
  }
}
