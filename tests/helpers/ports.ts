/**
 * Free ports on loopback for servers that want to be told theirs, and waiting until they answer.
 *
 * @module
 */

/** Where the servers of the tests listen. */
export const LOOPBACK = "127.0.0.1";

/** Two ports that are free now; another program may take one before it is used. */
export function freePorts(): [number, number] {
  const first = Deno.listen({ hostname: LOOPBACK, port: 0 });
  const second = Deno.listen({ hostname: LOOPBACK, port: 0 });
  const ports: [number, number] = [first.addr.port, second.addr.port];
  first.close();
  second.close();
  return ports;
}

/** Waits until every port takes connections; `false` when the server ended before, or took 10 s. */
export async function answers(
  child: Deno.ChildProcess,
  ports: readonly number[],
): Promise<boolean> {
  let ended = false;
  child.status.then(() => ended = true);
  for (let waited = 0; !ended && waited < 10_000; waited += 20) {
    if (await allConnect(ports)) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}

async function allConnect(ports: readonly number[]): Promise<boolean> {
  for (const port of ports) {
    try {
      (await Deno.connect({ hostname: LOOPBACK, port })).close();
    } catch {
      return false;
    }
  }
  return true;
}
