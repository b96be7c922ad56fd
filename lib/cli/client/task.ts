/**
 * What every command of `clientpop3` works with.
 *
 * @module
 */
import type { Pop3Client } from "../../client/client.ts";
import { listMessages, pickMessages, type RemoteMessage } from "../../client/select.ts";
import { InputError } from "../../config/errors.ts";
import { type MessageSet, parseMessageSet } from "../../protocol/message_set.ts";
import type { MimeStore } from "../../stores/mime_store.ts";
import { type Io, note } from "../io.ts";
import type { RunMemory } from "./memory.ts";
import type { ClientSettings } from "./target.ts";

/** What `--cmd` can be. */
export type ClientCommand = NonNullable<ClientSettings["cmd"]>;

/** A session, and what is to be done in it. */
export interface Task {
  readonly client: Pop3Client;
  readonly settings: ClientSettings;
  readonly io: Io;
  readonly signal: AbortSignal;
  /** Which messages; all without it. */
  readonly query: MessageSet | undefined;
  /** Where messages go; standard output without it. */
  readonly store: MimeStore | undefined;
  /** Where they come from: `user@host`. */
  readonly sourceid: string;
  /** What the run's earlier sessions have done. */
  readonly memory: RunMemory;
}

/** Does a command; what is left afterwards is QUIT. */
export type TaskRun = (task: Task) => Promise<void>;

/**
 * The messages that `--query` or `--query.id` names; `undefined` is all.
 *
 * @throws {MessageSetError} if it cannot be read.
 */
export function readQuery(settings: ClientSettings): MessageSet | undefined {
  const text = settings.query ?? settings["query.id"]?.toString();
  return text === undefined ? undefined : parseMessageSet(text);
}

/**
 * The messages that the query means.
 *
 * @throws {InputError} if the query names a single message that is not there.
 */
export async function queried(task: Task, uids = false): Promise<readonly RemoteMessage[]> {
  return (await listed(task, uids)).queried;
}

/**
 * All messages, and those of them that the query means.
 *
 * @throws {InputError} if the query names a single message that is not there.
 */
export async function listed(
  { client, query }: Task,
  uids: boolean,
): Promise<{ readonly all: readonly RemoteMessage[]; readonly queried: readonly RemoteMessage[] }> {
  const all = await listMessages(client, { uids, ...(query === undefined ? {} : { query }) });
  const queried = query === undefined ? all : pickMessages(all, query);
  refuseMissing(query ?? [], queried);
  return { all, queried };
}

/** Of these the first `--limit` that are not over `--max-size`; larger ones are named on stderr. */
export function fitting(task: Task, messages: readonly RemoteMessage[]): readonly RemoteMessage[] {
  const { settings, io, memory } = task;
  const most = settings["max-size"] ?? Infinity;
  const small = messages.filter(({ number, size }) => {
    if (size > most) note(io, `message ${number} skipped: ${size} octets, over --max-size`);
    return size <= most;
  });
  const first = small.slice(0, settings.limit);
  memory.tally.skipped("over --max-size", messages.length - small.length);
  memory.tally.skipped("over --limit", small.length - first.length);
  return first;
}

/** Ranges may be empty; whoever names one message counts on it. */
function refuseMissing(query: MessageSet, found: readonly RemoteMessage[]): void {
  for (const term of query) {
    if (term.kind === "uid" && !found.some(({ uid }) => uid === term.uid)) {
      throw new InputError("Cannot find a message with that uid: the server lists none");
    }
    if (term.kind !== "range" || term.from !== term.to) continue;
    if (!found.some(({ number }) => number === term.from)) {
      throw new InputError(
        `Cannot find message ${term.from}: the server lists none of that number`,
      );
    }
  }
}
