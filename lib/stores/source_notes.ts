/**
 * What a client wants to remember of a source beside its messages.
 *
 * @module
 */

/** Notes about sources, a few words each; losing one costs time, never a message. */
export interface SourceNotes {
  /** The notes about a source, in the order in which they were added. */
  read(sourceid: string): Promise<readonly string[]>;
  /** Adds notes, none of which holds a line end. Whoever adds at the same time loses nothing. */
  add(sourceid: string, notes: readonly string[]): Promise<void>;
  /** Forgets all notes about a source but these. What others add meanwhile may be lost. */
  replace(sourceid: string, notes: readonly string[]): Promise<void>;
}
