import type { Transport } from "../../lib/net/transport.ts";

/** Says that it is TLS and changes nothing, so that a test can see what happens around it. */
export const PRETENDED_TLS = {
  upgrade: (plain: Transport): Promise<Transport> =>
    Promise.resolve({
      local: plain.local,
      remote: plain.remote,
      secure: true,
      read: (into: Uint8Array) => plain.read(into),
      write: (octets: Uint8Array) => plain.write(octets),
      startTls: () => Promise.reject(new Error("never")),
      close: () => plain.close(),
    }),
};
