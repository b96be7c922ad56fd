/**
 * The names of the stores, apart from their code: the table of options needs no more.
 *
 * @module
 */

/** The stores there are. */
export const MODHANDLERS = ["fake", "localfs", "maildir", "cloud", "s3"] as const;

/** One of {@linkcode MODHANDLERS}. */
export type Modhandler = (typeof MODHANDLERS)[number];
