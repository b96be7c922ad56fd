/**
 * A session with a server, from connecting to signing in, with what people can do where it fails.
 *
 * @module
 */
import { Pop3Client } from "../../client/client.ts";
import type { Dialogue } from "../../client/conversation.ts";
import type { Attempt } from "../../client/retry.ts";
import { dnsResolver } from "../../client/discovery.ts";
import { knownCode } from "../../client/refusal_kind.ts";
import { refusedAtSignIn, type SignInOptions } from "../../client/sign_in.ts";
import { readInputFile } from "../../config/config_file.ts";
import { UsageError } from "../../config/errors.ts";
import { readSecret } from "../../config/secrets.ts";
import { certificatesInPem } from "../../net/tls.ts";
import type { Transport } from "../../net/transport.ts";
import type { ServerRefusal } from "../../protocol/errors.ts";
import { ExplainedError } from "../errors.ts";
import { type Io, note, oneLine } from "../io.ts";
import { netrcEntry } from "./netrc_file.ts";
import { type ClientSettings, findTarget, type SessionSettings, type Target } from "./target.ts";

/** Asking the DNS for a server takes no longer than this, in ms. */
const DNS_PATIENCE = 10_000;

/**
 * The server that is meant; one that the DNS named is told, for nobody has written it.
 *
 * @throws {UsageError} if there is none, or what was said does not fit together.
 */
export async function targetFor(
  settings: SessionSettings,
  given: Parameters<typeof findTarget>[1],
  url: string | undefined,
  io: Io,
  signal: AbortSignal,
): Promise<Target> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(DNS_PATIENCE)]);
  const { target, discovered } = await findTarget(settings, given, url, dnsResolver(limit));
  if (discovered !== undefined) {
    const { hostname, port, user, security } = target;
    const how = security === "none" ? "in plain text" : security === "tls" ? "TLS" : "STLS";
    note(io, `the DNS names the server of ${oneLine(user ?? "")}: ${hostname}:${port}, ${how}`);
  }
  return target;
}

/**
 * Connects, or goes on with `tcp`; `manner` is for servers that do not bear pipelining after all, or
 * CAPA.
 */
export async function connectTo(
  target: Target,
  settings: ClientSettings,
  io: Io,
  signal: AbortSignal,
  manner: Pick<Attempt, "lockStep" | "withoutCapa">,
  tcp?: Promise<Transport>,
): Promise<Pop3Client> {
  const { hostname, port, security } = target;
  const dialogue = dialogueFor(settings, io);
  const caCerts = settings["tls-ca"] === undefined ? undefined : await readCa(settings["tls-ca"]);
  return await Pop3Client.connect({
    hostname,
    port,
    security,
    timeoutSeconds: settings.timeout,
    pipeline: manner.lockStep ? "off" : settings.pipeline,
    capa: !manner.withoutCapa,
    signal,
    ...(caCerts === undefined ? {} : { caCerts }),
    ...(dialogue === undefined ? {} : { dialogue }),
  }, tcp);
}

/**
 * The password, asked for on the terminal where none was given.
 *
 * @throws {UsageError} if there is none, and no terminal to ask on, or it cannot be sent.
 */
async function passwordFor(
  target: Target,
  user: string,
  settings: SessionSettings,
  io: Io,
  signal: AbortSignal,
): Promise<string> {
  const password = await findPassword(target, user, settings, io, signal);
  if (!/[\r\n\0]/.test(password)) return password;
  throw new UsageError("Cannot sign in: the password holds a line end or a NUL");
}

async function findPassword(
  target: Target,
  user: string,
  settings: SessionSettings,
  io: Io,
  signal: AbortSignal,
): Promise<string> {
  if (target.password !== undefined) {
    note(io, "a password in a URL can be seen by other users of this machine; see --pass-file");
    return target.password;
  }
  const given = await readSecret("pass", {
    value: settings.pass,
    file: settings["pass-file"],
    command: settings["pass-command"],
  }, signal);
  if (given !== undefined) return given;
  const listed = (await netrcEntry(io, target.hostname, user))?.password;
  if (listed !== undefined && listed !== "") return listed;
  const typed = await io.askSecret(`Password of ${oneLine(user)} at ${target.hostname}:`, signal);
  if (typed !== undefined && typed !== "") return typed;
  throw new UsageError(
    "Cannot sign in without a password: give --pass-file, --pass-command or --pass, set " +
      "IZYPOP3_PASS, put it into ~/.netrc, or call it on a terminal, where it is asked for",
  );
}

/** What proves who we are. */
export type Proof = Pick<SignInOptions, "password" | "token" | "allowPlaintext">;

/** The same, and how it is to go over the wire. */
export type Credentials = Proof & Pick<SignInOptions, "twoSteps">;

/**
 * The token where one was given, else the password.
 *
 * @throws {UsageError} if there is neither.
 */
export async function proofFor(
  target: Target,
  user: string,
  settings: SessionSettings,
  io: Io,
  signal: AbortSignal,
): Promise<Proof> {
  const allowPlaintext = settings["allow-plaintext"];
  const token = await readSecret("token", {
    value: settings.token,
    file: settings["token-file"],
    command: settings["token-command"],
  }, signal);
  if (token !== undefined) return { token, allowPlaintext };
  return { password: await passwordFor(target, user, settings, io, signal), allowPlaintext };
}

/** Who signs in: as said, else as `~/.netrc` says for this server. */
export async function userFor(target: Target, io: Io): Promise<string | undefined> {
  return target.user ?? (await netrcEntry(io, target.hostname, undefined))?.login;
}

/**
 * Signs in.
 *
 * @throws {ExplainedError} with the server's own words, and what to do about them.
 */
export async function signIn(
  client: Pop3Client,
  target: Target,
  user: string,
  credentials: Credentials,
): Promise<void> {
  try {
    await client.signIn({ user, method: target.auth, ...credentials });
  } catch (error) {
    if (!refusedAtSignIn(error)) throw error;
    const { hostname, port } = target;
    const words = error.text === "" ? "giving no reason" : `saying "${error.text}"`;
    throw new ExplainedError(
      `Cannot sign in as ${user}: ${hostname}:${port} refused, ${words}. ` +
        `What to do: ${await whatToDo(hostname, error)}`,
      error,
    );
  }
}

/** By response code (RFC 2449 §8, RFC 3206 §4): these have nothing to do with the password. */
const CODE_ADVICE: Readonly<Record<string, string>> = {
  "IN-USE": "Another session has the mailbox open; try again when it has ended.",
  "LOGIN-DELAY": "Wait some minutes before the next sign-in.",
  "SYS/TEMP": "The server has a problem for the moment; try again later.",
  "SYS/PERM": "The server has a problem that only its operator can solve; tell them.",
};

async function whatToDo(hostname: string, refusal: ServerRefusal): Promise<string> {
  // The table is long, and hardly ever asked.
  const { adviceFor } = await import("../../client/advice.ts");
  return CODE_ADVICE[knownCode(refusal) ?? ""] ?? adviceFor(hostname, refusal.text) ??
    "Check the user name, the password, and --auth.";
}

/** The certificates in a PEM file. */
export async function readCa(path: string): Promise<readonly string[]> {
  const pem = await readInputFile(path, "the certificates of --tls-ca");
  return certificatesInPem(pem, `--tls-ca ${path}`);
}

function dialogueFor(settings: ClientSettings, io: Io): Dialogue | undefined {
  const say = (who: string) => (text: string) => io.writeError(`${who}: ${oneLine(text)}\n`);
  const wait = (milliseconds: number) => io.writeError(`W: waited ${milliseconds.toFixed(1)} ms\n`);
  const { "verbose.clientLog": client, "verbose.serverLog": server } = settings;
  const timed = settings["verbose.waitTime"];
  if (!client && !server && !timed) return undefined;
  return {
    ...(client ? { onSend: say("C") } : {}),
    ...(server ? { onReceive: say("S") } : {}),
    ...(timed ? { onWait: wait } : {}),
  };
}
