/**
 * Who may sign in at `serverpop3`: `--password`, `--users`, `--oauth-introspect`.
 *
 * @module
 */
import type { Authenticator } from "../../auth/authenticator.ts";
import { withTokens } from "../../auth/combined.ts";
import { oauthIntrospect } from "../../auth/oauth_introspect.ts";
import { PasswdFile } from "../../auth/passwd_file.ts";
import { singlePassword } from "../../auth/single_password.ts";
import { UsageError } from "../../config/errors.ts";
import type { Settings } from "../../config/option.ts";
import type { SERVERPOP3_OPTIONS } from "../../config/option_table.ts";
import { readSecret } from "../../config/secrets.ts";

/** How people sign in. */
export interface SignIn {
  readonly authenticator: Authenticator;
  /** The password of everybody, where there is one. */
  readonly password?: string;
  /** Whether it was made up, and is to be told. */
  readonly isMadeUp?: true;
  /** Reads anew what comes from files; if that fails, what was read before stays. */
  reload(): Promise<void>;
}

/**
 * What the settings say of it; throws what is wrong with them. `decoyKey` makes users up for SCRAM:
 * those who serve together must have the same.
 */
export async function signInOf(
  settings: Settings<typeof SERVERPOP3_OPTIONS>,
  decoyKey?: Uint8Array,
): Promise<SignIn> {
  const url = settings["oauth-introspect"];
  const tokens = url === undefined ? undefined : tokensFrom(url);
  const combined = (passwords: Authenticator): Authenticator =>
    tokens === undefined ? passwords : withTokens(passwords, tokens);
  if (settings.users !== undefined) {
    const file = await PasswdFile.open(
      settings.users,
      decoyKey === undefined ? {} : { decoyKey },
    );
    return { authenticator: combined(file), reload: () => file.reload() };
  }
  const password = await readSecret("password", {
    value: settings.password,
    file: settings["password-file"],
    command: settings["password-command"],
  });
  const reload = (): Promise<void> => Promise.resolve();
  if (password !== undefined) {
    return { authenticator: combined(singlePassword(password)), password, reload };
  }
  if (tokens !== undefined) return { authenticator: tokens, reload };
  const madeUp = makePassword();
  return { authenticator: singlePassword(madeUp), password: madeUp, isMadeUp: true, reload };
}

function tokensFrom(url: string): Authenticator {
  try {
    return oauthIntrospect({ url });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new UsageError(error.message);
  }
}

/** 32 letters and digits that nobody mistakes for each other: five bits each. */
const LETTERS = "abcdefghijkmnpqrstuvwxyz23456789";

/** 100 bits of chance. */
function makePassword(): string {
  const octets = crypto.getRandomValues(new Uint8Array(20));
  return Array.from(octets, (octet) => LETTERS.charAt(octet % LETTERS.length)).join("");
}
