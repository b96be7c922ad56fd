/**
 * The door to the command line.
 *
 * @module
 */
import { OutputClosedError } from "./errors.ts";
import { denoIo, type Io } from "./io.ts";
import { VERSION } from "./version.ts";

/** Runs `izypop3 ...args`; resolves to the exit code, and never rejects. */
export async function main(args: readonly string[], io: Io = denoIo()): Promise<number> {
  const [first] = args;
  if (first !== "--version" && first !== "-V") {
    // The rest of the program is loaded only now: a version is told at once.
    const { runProgram } = await import("./run_program.ts");
    return await runProgram(args, io);
  }
  try {
    await io.stdout.line(`izypop3 ${VERSION}`);
    await io.stdout.flush();
    return 0;
  } catch (error) {
    return error instanceof OutputClosedError ? 0 : 74;
  }
}
