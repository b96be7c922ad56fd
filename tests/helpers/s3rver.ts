/**
 * s3rver from npm, an implementation of S3 that is not ours, on a port of the loopback and a folder of
 * its own. Its keys are both `S3RVER`.
 *
 * @module
 */
import { type Needs, whatIsMissing } from "./permissions.ts";
import { kill } from "./kill.ts";

/** What a test needs to use it. */
export const S3RVER: Needs = { net: true, write: true, programs: ["s3rver", "node"] };

/** A running s3rver, with an empty bucket `mail`; disposing it ends it and removes its folder. */
export interface S3rver extends AsyncDisposable {
  readonly endpoint: string;
}

/**
 * One for all tests of a file; `undefined` where a test that needs it is ignored. To be called
 * outside of the tests: they are watched for what they leave behind. It ends with the process.
 */
export async function startSharedS3rver(): Promise<S3rver | undefined> {
  if (whatIsMissing(S3RVER) !== undefined) return undefined;
  return await startS3rver();
}

/** Starts it and waits until it says that it listens. */
async function startS3rver(): Promise<S3rver> {
  const folder = await Deno.makeTempDir({ prefix: "izypop3-s3rver-" });
  const program = decodeURIComponent(new URL("s3rver_program.cjs", import.meta.url).pathname);
  const child = new Deno.Command("node", {
    // For the cipher of its continuation tokens.
    args: ["--openssl-legacy-provider", program, folder],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  const stop = async (): Promise<void> => {
    globalThis.removeEventListener("unload", clean);
    await child.stdin.close();
    await child.status;
    await Deno.remove(folder, { recursive: true });
  };
  // The process ends with us, its folder does not.
  const clean = (): void => {
    kill(child);
    Deno.removeSync(folder, { recursive: true });
  };
  globalThis.addEventListener("unload", clean);
  const port = new TextDecoder().decode(value).trim();
  if (/^\d+$/.test(port)) {
    return { endpoint: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: stop };
  }
  await stop();
  throw new Error("Cannot start s3rver: it says no port");
}
