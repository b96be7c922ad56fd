/**
 * `izypop3 test --testtype server`.
 *
 * @module
 */
import { Pop3Client } from "../../../client/client.ts";
import { UsageError } from "../../../config/errors.ts";
import type { TEST_OPTIONS } from "../../../config/option_table.ts";
import { proofFor, readCa, signIn, targetFor, userFor } from "../../client/session.ts";
import type { Invocation } from "../../command.ts";
import { describeFailure, EXIT, exitCodeOf } from "../../exit_codes.ts";
import { type Io, oneLine } from "../../io.ts";
import { examine } from "./examine.ts";
import { type Finding, stray } from "./finding.ts";
import { Recorder } from "./recorder.ts";

/**
 * Tells what a server offers, how fast it answers, and where it strays from the RFCs. To tell that
 * is the work: it is done, exit code 0, also where the server strays.
 */
export async function examineServer(
  { settings, given, io, signal }: Invocation<typeof TEST_OPTIONS>,
): Promise<number> {
  const target = await targetFor(settings, given, undefined, io, signal);
  const { hostname, port, security } = target;
  const user = await userFor(target, io);
  if (user === undefined) {
    throw new UsageError(
      "Cannot sign in: no user was given; add --user NAME or put it in --ip URL",
    );
  }
  const proof = await proofFor(target, user, settings, io, signal);
  const ca = settings["tls-ca"];
  const caCerts = ca === undefined ? {} : { caCerts: await readCa(ca) };
  const tell = new Report(io, settings.json);
  const { timeout: timeoutSeconds } = settings;
  const session = async (capa: boolean): Promise<Ending> => {
    const recorder = new Recorder();
    const { dialogue } = recorder;
    const where = { hostname, port, security, signal, timeoutSeconds, dialogue, ...caCerts };
    await using client = await Pop3Client.connect({ ...where, capa });
    let signedIn = false;
    const signInNow = async (): Promise<void> => {
      await signIn(client, target, user, proof);
      signedIn = true;
    };
    try {
      const examined = { client, recorder, signIn: signInNow, capa };
      for await (const finding of examine(examined)) await tell.finding(finding);
      return { error: undefined };
    } catch (error) {
      if (signal.aborted) throw error;
      return { error, signedIn, byCapa: recorder.lastSent === "CAPA" };
    }
  };
  let ending = await session(true);
  if (ending.error !== undefined && ending.byCapa) {
    const words = describeFailure(ending.error) ?? "it ends the session";
    await tell.finding(stray("CAPA", `${words} Looking again without it`));
    ending = await session(false);
  }
  if (ending.error !== undefined) {
    // Before the sign-in there is nothing to report of but the error itself.
    if (!ending.signedIn) throw ending.error;
    const words = describeFailure(ending.error) ?? "no";
    await tell.finding(stray("the session lasts to its end", words));
  }
  await tell.end();
  return ending.error === undefined ? EXIT.done : exitCodeOf(ending.error);
}

/** How a session ended. */
type Ending = { readonly error: undefined } | {
  readonly error: unknown;
  readonly signedIn: boolean;
  /** Whether CAPA was the last that the server heard. */
  readonly byCapa: boolean;
};

class Report {
  readonly #io: Io;
  readonly #json: boolean;
  #passed = 0;
  #failed = 0;

  constructor(io: Io, json: boolean) {
    this.#io = io;
    this.#json = json;
  }

  async finding({ name, passed, text }: Finding): Promise<void> {
    const { stdout } = this.#io;
    if (passed) this.#passed++;
    else this.#failed++;
    if (this.#json) await stdout.json({ check: name, passed, found: text });
    else await stdout.line(`${passed ? "ok    " : "FAILED"}  ${name}: ${oneLine(text)}`);
    await stdout.flush();
  }

  async end(): Promise<void> {
    const [passed, failed] = [this.#passed, this.#failed];
    const { stdout } = this.#io;
    await (this.#json
      ? stdout.json({ passed, failed })
      : stdout.line(`${passed} passed, ${failed} failed`));
  }
}
