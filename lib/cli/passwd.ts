/**
 * `izypop3 passwd`: a line for the users file.
 *
 * @module
 */
import { makePasswdLine } from "../auth/passwd_line.ts";
import { PasswdLineError } from "../auth/passwd_secret.ts";
import { UsageError } from "../config/errors.ts";
import type { PASSWD_OPTIONS } from "../config/option_table.ts";
import { readSecret } from "../config/secrets.ts";
import { SASL_PASSWORD_LIMIT } from "../protocol/limits.ts";
import type { Invocation } from "./command.ts";
import { EXIT } from "./exit_codes.ts";
import type { Io } from "./io.ts";

/** Prints the line. */
export async function passwd(
  { settings, operands, io, signal }: Invocation<typeof PASSWD_OPTIONS>,
): Promise<number> {
  const [operand, ...others] = operands;
  const user = settings.user ?? operand;
  if (user === undefined) throw new UsageError("Cannot make a line: add --user NAME");
  if (others.length > 0 || (settings.user !== undefined && operand !== undefined)) {
    throw new UsageError("Cannot use more words than the user's name: passwd takes --user NAME");
  }
  const given = await readSecret("password", {
    value: settings.password,
    file: settings["password-file"],
    command: settings["password-command"],
  });
  const password = given ?? await ask(user, io, signal);
  try {
    const octets = new TextEncoder().encode(password);
    await io.stdout.line(await makePasswdLine(user, octets, settings.maildrop));
  } catch (error) {
    if (error instanceof PasswdLineError) throw new UsageError(error.message);
    throw error;
  }
  return EXIT.done;
}

/** Twice, since nobody sees what is typed; without a terminal, what is piped in. */
async function ask(user: string, io: Io, signal: AbortSignal): Promise<string> {
  const typed = await io.askSecret(`Password for ${user}:`, signal);
  const first = typed ?? await firstLine(io.stdin());
  if (first === "") {
    throw new UsageError("Cannot make a line without a password: add --password-file FILE");
  }
  if (typed !== undefined && await io.askSecret("The same again:", signal) !== typed) {
    throw new UsageError("Cannot make a line: the two passwords differ");
  }
  return first;
}

async function firstLine(input: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of input) {
    text += decoder.decode(chunk, { stream: true });
    // Longer than any password: not to be held to its end.
    if (text.includes("\n") || text.length > SASL_PASSWORD_LIMIT) break;
  }
  return text.split(/[\r\n]/)[0] ?? "";
}
