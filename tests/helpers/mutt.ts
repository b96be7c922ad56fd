/**
 * mutt at work in a Maildir, with keys instead of a person. It wants a terminal: `script` gives it
 * one.
 *
 * @module
 */

/** The programs that it takes. */
export const MUTT = ["mutt", "script"] as const;

/** mutt, with a home of its own; disposing it removes that. */
export class Mutt implements AsyncDisposable {
  readonly home: string;

  private constructor(home: string) {
    this.home = home;
  }

  /** Makes its home. */
  static async make(): Promise<Mutt> {
    return new Mutt(await Deno.makeTempDir({ prefix: "izypop3-mutt-" }));
  }

  /**
   * Opens the Maildir and strikes `keys`, in mutt's words: `<tag-pattern>~A<enter>`. What is
   * changed is written when it quits. Where others change the Maildir meanwhile it may drop keys
   * and wait for more: after so many seconds it is ended.
   */
  async strike(maildir: string, keys: string, seconds: number = 30): Promise<void> {
    const rc = await Deno.makeTempFile({ dir: this.home });
    await Deno.writeTextFile(rc, `set folder='${this.home}'\n${SETTINGS}push "${keys}<quit>"\n`);
    const { success, stdout } = await new Deno.Command("script", {
      args: ["-qec", `mutt -n -F '${rc}' -f '${maildir}'`, "/dev/null"],
      env: { HOME: this.home, TERM: "xterm", LANG: "C", LC_ALL: "C" },
      stdin: "null",
      stderr: "null",
      signal: AbortSignal.timeout(seconds * 1000),
    }).output();
    if (!success) throw new Error(`mutt failed: ${new TextDecoder().decode(stdout)}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.home, { recursive: true });
  }
}

/** Nothing is asked, nothing is waited for, and octets are passed on as they are. */
const SETTINGS = `set mbox_type=Maildir
set delete=yes
set quit=yes
set move=no
set copy=no
set beep=no
set mark_old=no
set header_cache=""
set sleep_time=0
set wait_key=no
set confirmappend=no
set confirmcreate=no
set pipe_decode=no
set pipe_split=no
set resolve=no
set maildir_trash=no
set check_new=yes
`;
