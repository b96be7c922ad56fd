/**
 * Where the tests' certificates lie, for programs that want a file.
 *
 * @module
 */

/** The path of a file in `certs/`. */
export function certificateFile(name: string): string {
  return decodeURIComponent(new URL(`certs/${name}`, import.meta.url).pathname);
}
