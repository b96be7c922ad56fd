import { decodeText } from "./octets.ts";

/** First words by which protocols give themselves away, the surer ones first. */
const SIGNS: readonly (readonly [RegExp, string])[] = [
  // deno-lint-ignore no-control-regex -- a TLS record begins with them
  [/^[\x14-\x17]\x03[\x00-\x04]/, "TLS"],
  [/^SSH-/, "SSH"],
  [/^(HTTP\/|<!doctype|<html|(GET|HEAD|POST|PUT|OPTIONS|CONNECT) \S+ HTTP\/)/i, "HTTP"],
  [/^\* (OK|PREAUTH|BYE)\b/i, "IMAP"],
  [/^220[ -].*\bE?SMTP\b/i, "SMTP"],
  [/^(EHLO|HELO) /i, "SMTP"],
  [/^220[ -].*FTP/i, "FTP"],
  [/^(220|421|450|521|554)[ -]/, "SMTP"],
  [/^20[01] /, "NNTP"],
  [/^"?IMPLEMENTATION"? /i, "ManageSieve"],
  [/^\xff[\xfb-\xfe][^\x80-\xff]/, "Telnet"],
  [/^RFB \d/, "VNC"],
];

/**
 * Which protocol a peer seems to speak that does not speak POP3, from the first octets that it
 * sent: "SMTP", "IMAP", "TLS" and the like, or undefined where there is no telling.
 */
export function guessProtocol(firstOctets: Uint8Array): string | undefined {
  // TLS and Telnet start with octets that are no UTF-8: one character for each octet, then.
  const octets = firstOctets.subarray(0, 512);
  const text = octets.some((octet) => octet >= 0x80)
    ? String.fromCharCode(...octets)
    : decodeText(octets);
  return SIGNS.find(([sign]) => sign.test(text.trimStart()))?.[1];
}
