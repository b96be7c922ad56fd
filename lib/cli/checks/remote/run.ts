/**
 * `izypop3 test --testtype server`.
 *
 * @module
 */
import { Pop3Client } from "../../../client/client.ts";
import { UsageError } from "../../../config/errors.ts";
import type { TEST_OPTIONS } from "../../../config/option_table.ts";
import { passwordFor, readCa, signIn, targetFor } from "../../client/session.ts";
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
  const { hostname, port, security, user } = target;
  if (user === undefined) {
    throw new UsageError(
      "Cannot sign in: no user was given; add --user NAME or put it in --ip URL",
    );
  }
  const password = await passwordFor(target, user, settings, io, signal);
  const ca = settings["tls-ca"];
  const recorder = new Recorder();
  await using client = await Pop3Client.connect({
    hostname,
    port,
    security,
    signal,
    timeoutSeconds: settings.timeout,
    dialogue: recorder.dialogue,
    ...(ca === undefined ? {} : { caCerts: await readCa(ca) }),
  });
  const tell = new Report(io, settings.json);
  let signedIn = false;
  const signInNow = async (): Promise<void> => {
    await signIn(client, target, user, password);
    signedIn = true;
  };
  try {
    for await (const finding of examine({ client, recorder, signIn: signInNow })) {
      await tell.finding(finding);
    }
  } catch (error) {
    // Before that there is nothing to report of but the error itself.
    if (!signedIn || signal.aborted) throw error;
    await tell.finding(stray("the session lasts to its end", describeFailure(error) ?? "no"));
    await tell.end();
    return exitCodeOf(error);
  }
  await tell.end();
  return EXIT.done;
}

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
