/**
 * Certificates that the user trusts beside the system's.
 *
 * @module
 */

import { CertificateError } from "./errors.ts";

const CERTIFICATE = /-----BEGIN CERTIFICATE-----([\s\S]*?)-----END CERTIFICATE-----/g;

/**
 * The certificates in a PEM file, one string each, whatever stands around them; `name` is what the
 * file is called in errors. Deno itself takes a file without any for no certificate at all, and the
 * handshake would then fail with a misleading reason.
 *
 * @throws {CertificateError} if there is none, or what is there is not Base64.
 */
export function certificatesInPem(pem: string, name: string): string[] {
  const found = [...pem.matchAll(CERTIFICATE)].map((match) => match[0]);
  if (found.length === 0) {
    throw new CertificateError(
      `Cannot use ${name}: there is no certificate in PEM form in it ` +
        '("-----BEGIN CERTIFICATE-----"). openssl x509 -inform der -in FILE turns DER into PEM.',
    );
  }
  for (const certificate of found) derOf(certificate, name);
  return found;
}

/**
 * The DER octets of one certificate in PEM form.
 *
 * @throws {CertificateError} if it is not Base64.
 */
export function derOf(certificate: string, name: string): Uint8Array {
  const base64 = certificate.replace(/-----[^-]*-----/g, "").replace(/\s+/g, "");
  try {
    return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  } catch (error) {
    throw new CertificateError(`Cannot use ${name}: a certificate in it is damaged.`, {
      cause: error,
    });
  }
}
