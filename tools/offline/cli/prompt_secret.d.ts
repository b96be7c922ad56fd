// Types for @std/cli/prompt-secret. The code itself comes from npm.

export interface PromptSecretOptions {
  /** Shown for each character; empty shows nothing. Default: `*`. */
  mask?: string;
  /** Whether to remove the line afterwards. */
  clear?: boolean;
}

/** Asks on the terminal without showing the answer; `null` where stdin is no terminal. */
export declare function promptSecret(
  message?: string,
  options?: PromptSecretOptions,
): string | null;
