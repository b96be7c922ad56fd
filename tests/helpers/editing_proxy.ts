/**
 * A line to a server on which the server's words are changed, and the client's are noted.
 *
 * @module
 */
import { latin1, text } from "./random.ts";

/** A running proxy for one connection at a time. */
export interface EditingProxy extends Disposable {
  readonly port: number;
  /** What clients have said so far, line by line. */
  readonly said: readonly string[];
}

/** Starts a proxy that hands on what `edit` makes of each portion that the server sends. */
export function editingProxy(
  server: { readonly hostname: string; readonly port: number },
  edit: (words: string) => string,
): EditingProxy {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let words = "";
  const serve = async (near: Deno.TcpConn): Promise<void> => {
    const { hostname, port } = server;
    const far = await Deno.connect({ hostname, port });
    const edited = new TransformStream<Uint8Array, Uint8Array>({
      transform: (octets, controller) => controller.enqueue(latin1(edit(text(octets)))),
    });
    const noted = new TransformStream<Uint8Array, Uint8Array>({
      transform: (octets, controller) => {
        words += text(octets);
        controller.enqueue(octets);
      },
    });
    await Promise.all([
      near.readable.pipeThrough(noted).pipeTo(far.writable),
      far.readable.pipeThrough(edited).pipeTo(near.writable),
    ]);
  };
  (async () => {
    for await (const near of listener) await serve(near).catch(() => {});
  })();
  return {
    port: listener.addr.port,
    get said(): readonly string[] {
      return words.split("\r\n").filter((line) => line !== "");
    },
    [Symbol.dispose]: () => listener.close(),
  };
}
