/**
 * What is in a certificate that nobody here trusts. The TLS library of Deno refuses it and says no
 * more than that; people have to know whose it is to decide what to do.
 *
 * @module
 */

import { X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";
import { CertificateError } from "./errors.ts";
import { canPin, connectByNode, type PinnedOptions, startUnchecked } from "./pinned_tls.ts";
import type { Transport } from "./transport.ts";

/** Whether this Deno tells what is in a peer's certificate: older ones make it up, or hang. */
export function canLook(): boolean {
  return canPin();
}

/**
 * Connects once more to look at the certificate: TLS always fails, with an error that names subject
 * and issuer, before anything is sent over it.
 *
 * @throws {CertificateError}; `refusal` where the look tells nothing more.
 */
export async function connectToLook(options: PinnedOptions, refusal: unknown): Promise<Transport> {
  try {
    return await connectByNode(options, (socket, tls) => {
      return startUnchecked(socket, tls, (secured) => {
        throw described(secured, tls.hostname, refusal);
      });
    });
  } catch (error) {
    options.signal?.throwIfAborted();
    throw error instanceof CertificateError ? error : refusal;
  }
}

function described(secured: TLSSocket, hostname: string, refusal: unknown): unknown {
  const raw: Uint8Array | undefined = secured.getPeerCertificate().raw;
  if (raw === undefined) return refusal;
  const { subject, issuer, validTo } = new X509Certificate(raw);
  const [whose, by] = [nameOf(subject), nameOf(issuer)];
  const who = subject === issuer ? "is self-signed" : `was issued by ${by}`;
  const until = Date.parse(validTo);
  const end = Number.isNaN(until)
    ? ""
    : `, valid until ${new Date(until).toISOString().slice(0, 10)}`;
  return new CertificateError(
    `Cannot start TLS with ${hostname}: its certificate (for ${whose}${end}) ${who}, ` +
      "and this machine does not trust that. If it is right, give the certificate, or that of its CA, with " +
      "--tls-ca FILE.",
    { cause: refusal },
  );
}

/** The common name, or all that there is; without what could disturb a terminal. */
function nameOf(distinguished: string | undefined): string {
  const lines = (distinguished ?? "").split("\n").filter((line) => line !== "");
  const common = lines.find((line) => line.startsWith("CN="))?.slice(3);
  const name = common ?? (lines.join(", ") || "nobody");
  // deno-lint-ignore no-control-regex -- these are the very ones to keep away
  return `"${name.slice(0, 100).replace(/[\x00-\x1f\x7f-\x9f]/g, "?")}"`;
}
