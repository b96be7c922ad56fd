/**
 * A line between client and server that breaks where a test wants it to.
 *
 * @module
 */

/** A running proxy. */
export interface CuttingProxy extends Disposable {
  readonly hostname: string;
  readonly port: number;
  /** The next connection is cut after so many octets from the server; later ones are not. */
  cutNext(octets: number): void;
  /** Octets from the server over the last connection. */
  readonly octets: number;
}

/** Starts a proxy before a server. */
export function cuttingProxy(server: { hostname: string; port: number }): CuttingProxy {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let budget = Infinity;
  let octets = 0;
  const serve = async (client: Deno.TcpConn): Promise<void> => {
    let left = budget;
    budget = Infinity;
    octets = 0;
    using near = client;
    using far = await Deno.connect(server);
    near.setNoDelay(true);
    far.setNoDelay(true);
    const upward = pump(near, far, Infinity, () => {});
    await pump(far, near, left, (count) => {
      left -= count;
      octets += count;
    });
    close(near, far);
    await upward;
  };
  (async () => {
    for await (const client of listener) serve(client).catch(() => {});
  })();
  return {
    hostname: "127.0.0.1",
    port: listener.addr.port,
    cutNext: (count) => void (budget = count),
    get octets(): number {
      return octets;
    },
    [Symbol.dispose]: () => listener.close(),
  };
}

async function pump(
  from: Deno.TcpConn,
  to: Deno.TcpConn,
  limit: number,
  count: (octets: number) => void,
): Promise<void> {
  const buffer = new Uint8Array(64 * 1024);
  try {
    for (let left = limit; left > 0;) {
      const read = await from.read(buffer);
      if (read === null) return await to.closeWrite();
      const part = buffer.subarray(0, Math.min(read, left));
      for (let at = 0; at < part.length;) at += await to.write(part.subarray(at));
      left -= part.length;
      count(part.length);
    }
  } catch {
    // The other direction has closed.
  }
}

function close(...connections: Deno.TcpConn[]): void {
  for (const connection of connections) {
    try {
      connection.close();
    } catch {
      // Closed already.
    }
  }
}
