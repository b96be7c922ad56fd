/**
 * Free ports on loopback for servers that want to be told theirs, and waiting until they answer.
 *
 * @module
 */
import { end } from "./program.ts";

/** Where the servers of the tests listen. */
export const LOOPBACK = "127.0.0.1";

/** A port below those that the system gives away, which nobody listens on. */
export const NOBODYS_PORT = 2;

/**
 * Starts a server that wants to be told its port; again if another program took that one meanwhile.
 *
 * @throws {Error} if it does not answer.
 */
export async function startOnFreePort(
  start: (port: number) => Deno.ChildProcess,
): Promise<{ readonly child: Deno.ChildProcess; readonly port: number }> {
  for (let attempt = 1; attempt <= 3; attempt++) {
    const [port] = freePorts();
    const child = start(port);
    if (await answers(child, [port])) return { child, port };
    await end(child);
  }
  throw new Error("Cannot start a server on a port that was free: it does not answer");
}

/** Two ports that are free now; another program may take one before it is used. */
export function freePorts(): [number, number] {
  const first = Deno.listen({ hostname: LOOPBACK, port: 0 });
  const second = Deno.listen({ hostname: LOOPBACK, port: 0 });
  const ports: [number, number] = [first.addr.port, second.addr.port];
  first.close();
  second.close();
  return ports;
}

/** Waits until every port takes connections; `false` when the server ended before, or took 20 s. */
export async function answers(
  child: Deno.ChildProcess,
  ports: readonly number[],
): Promise<boolean> {
  let ended = false;
  child.status.then(() => ended = true);
  for (let waited = 0; !ended && waited < 20_000; waited += 20) {
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
