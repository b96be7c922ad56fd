/**
 * The options of the stores that are services: `cloud` and `s3`.
 *
 * @module
 */
import type { IzynodeEncoding } from "../../stores/izynode.ts";
import type { OptionTable } from "../option.ts";

/** Where messages are, and what lets us in. */
export const FAR_STORES = {
  "mimestore.dataservice": {
    kind: "text",
    value: "URL",
    about: "cloud: the data service, an http(s) URL that ends in /",
  },
  "mimestore.accesstoken": {
    kind: "secret",
    rivals: "mimestore.accesstoken",
    about: "cloud: its access token (other users of this machine can see it here)",
  },
  "mimestore.accesstoken-file": {
    kind: "text",
    value: "FILE",
    rivals: "mimestore.accesstoken",
    about: "cloud: file whose first line is the access token",
  },
  "mimestore.accesstoken-command": {
    kind: "text",
    value: "COMMAND",
    rivals: "mimestore.accesstoken",
    about: "cloud: command whose first line of output is the access token",
  },
  "mimestore.tablename": {
    kind: "text",
    value: "TABLE",
    about: "cloud: table or schema.table (docs/cloud.sql); may hold {user}",
  },
  "mimestore.groupid": {
    kind: "text",
    value: "N",
    fallback: "0",
    about: "cloud: number of the mailbox in the table; {user} makes one of the user's name",
  },
  "mimestore.encoding": {
    kind: "choice",
    choices: ["plain", "shift", "hex"] as const satisfies readonly IzynodeEncoding[],
    fallback: "shift",
    about: "cloud: how requests are written; none of them hides anything",
  },
  "mimestore.insecure": {
    kind: "boolean",
    default: "false",
    about: "cloud: send the access token to another machine even over http:",
  },
  "mimestore.endpoint": {
    kind: "text",
    value: "URL",
    about: "s3: the object store, an http(s) URL without the bucket",
  },
  "mimestore.region": {
    kind: "text",
    value: "NAME",
    fallback: "us-east-1",
    about: "s3: the region that requests are signed for",
  },
  "mimestore.bucket": { kind: "text", value: "NAME", about: "s3: the bucket; it must be there" },
  "mimestore.prefix": {
    kind: "text",
    value: "PATH",
    about: "s3: what all keys begin with; {user} stands for the signed-in user's name",
  },
  "mimestore.accesskeyid": { kind: "text", value: "ID", about: "s3: the id of the access key" },
  "mimestore.secretaccesskey": {
    kind: "secret",
    rivals: "mimestore.secretaccesskey",
    about: "s3: the access key (other users of this machine can see it here)",
  },
  "mimestore.secretaccesskey-file": {
    kind: "text",
    value: "FILE",
    rivals: "mimestore.secretaccesskey",
    about: "s3: file whose first line is the access key",
  },
  "mimestore.secretaccesskey-command": {
    kind: "text",
    value: "COMMAND",
    rivals: "mimestore.secretaccesskey",
    about: "s3: command whose first line of output is the access key",
  },
  "mimestore.sessiontoken": {
    kind: "secret",
    rivals: "mimestore.sessiontoken",
    about: "s3: goes with a temporary access key (other users of this machine can see it here)",
  },
  "mimestore.sessiontoken-file": {
    kind: "text",
    value: "FILE",
    rivals: "mimestore.sessiontoken",
    about: "s3: file whose first line is that token",
  },
  "mimestore.sessiontoken-command": {
    kind: "text",
    value: "COMMAND",
    rivals: "mimestore.sessiontoken",
    about: "s3: command whose first line of output is that token",
  },
  "mimestore.lease": {
    kind: "seconds",
    min: 1,
    max: 3600,
    fallback: "60",
    about: "cloud, s3: seconds that a maildrop stays locked when its server has died",
  },
} as const satisfies OptionTable;

/** The options of a second store, `to.`, named as those of `mimestore.` are. */
type SecondStore<T> = {
  readonly [N in keyof T as N extends `mimestore.${infer Rest}` ? `to.${Rest}` : never]: T[N];
};

/** The same options for the store that messages go to. */
export const SECOND_FAR_STORES: SecondStore<typeof FAR_STORES> = secondStore(FAR_STORES);

function secondStore<T extends OptionTable>(table: T): SecondStore<T> {
  const renamed = (name: string): string => name.replace(/^mimestore\./, "to.");
  const entries = Object.entries(table).map(([name, spec]) => {
    const { rivals } = spec;
    return [renamed(name), rivals === undefined ? spec : { ...spec, rivals: renamed(rivals) }];
  });
  // The keys are what the type says; fromEntries has lost them.
  return Object.fromEntries(entries) as SecondStore<T>;
}
