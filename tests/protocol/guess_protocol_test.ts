import { assertEquals } from "@std/assert";
import { guessProtocol } from "../../lib/protocol/reply.ts";
import { latin1 } from "../helpers/random.ts";

const BANNERS: readonly (readonly [banner: string, protocol: string | undefined])[] = [
  ["220 mail.example.org ESMTP Postfix (Debian/GNU)\r\n", "SMTP"],
  ["220-mail.example.org ESMTP Exim 4.96\r\n", "SMTP"],
  ["220 mail.example.org ready\r\n", "SMTP"],
  ["554 5.7.1 no access from here\r\n", "SMTP"],
  ["421 try again later\r\n", "SMTP"],
  ["220 (vsFTPd 3.0.3)\r\n", "FTP"],
  ["220 ProFTPD Server ready\r\n", "FTP"],
  ["* OK [CAPABILITY IMAP4rev1] Dovecot ready.\r\n", "IMAP"],
  ["* PREAUTH hello\r\n", "IMAP"],
  ["* BYE overloaded\r\n", "IMAP"],
  ["HTTP/1.1 400 Bad Request\r\n", "HTTP"],
  ["<html><head>", "HTTP"],
  ["\r\n<!DOCTYPE html>", "HTTP"],
  ["GET / HTTP/1.1\r\n", "HTTP"],
  ["EHLO client.example.org\r\n", "SMTP"],
  ["SSH-2.0-OpenSSH_9.2p1\r\n", "SSH"],
  ["\x15\x03\x03\x00\x02\x02\x28", "TLS"],
  ["\x15\x03\x01\x00\x02\x02\x46", "TLS"],
  ["\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "TLS"],
  ["\x17\x03\x03\x00\x20\x9a\xff", "TLS"],
  ["200 news.example.org ready, posting allowed\r\n", "NNTP"],
  ["201 no posting\r\n", "NNTP"],
  ['"IMPLEMENTATION" "Dovecot Pigeonhole"\r\n', "ManageSieve"],
  ["\xff\xfd\x18\xff\xfd\x20", "Telnet"],
  ["RFB 003.008\n", "VNC"],
  ["", undefined],
  ["hello there\r\n", undefined],
  ["\xff\xfe\x80noise", undefined],
  ["+OK POP3 ready\r\n", undefined],
  ["2200 no status\r\n", undefined],
];

for (const [banner, protocol] of BANNERS) {
  const answer = protocol ?? "nothing it knows";
  Deno.test(`guessProtocol takes ${JSON.stringify(banner.trim())} for ${answer}`, () => {
    assertEquals(guessProtocol(latin1(banner)), protocol);
    if (banner.length > 40) assertEquals(guessProtocol(latin1(banner).subarray(0, 40)), protocol);
  });
}
