/**
 * Temporary files in a folder of the test's own. The variable `TMPDIR` would be that of all test
 * files that run at the same time; this is the function of one file alone.
 *
 * @module
 */

/** Has temporary files made in `folder` while `work` goes on; how many were. */
export async function withTemporaryFilesIn(
  folder: string,
  work: () => Promise<void>,
): Promise<number> {
  const { makeTempFileSync } = Deno;
  let count = 0;
  Deno.makeTempFileSync = (options) => {
    count++;
    return makeTempFileSync({ ...options, dir: folder });
  };
  try {
    await work();
    return count;
  } finally {
    Deno.makeTempFileSync = makeTempFileSync;
  }
}
