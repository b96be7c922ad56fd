import { assertEquals } from "@std/assert";
import { meansLater } from "../../lib/client/refusal_kind.ts";

Deno.test("a response code tells whether trying again may help", () => {
  for (const code of ["IN-USE", "in-use", "LOGIN-DELAY", "SYS/TEMP", "SYS", "In-Use/By/You"]) {
    assertEquals(meansLater({ code, text: "no" }), true, code);
  }
  for (const code of ["AUTH", "SYS/PERM", "sys/perm/disk", "UTF8", "SYSTEM", undefined]) {
    assertEquals(meansLater({ code, text: "no" }), false, code);
  }
  assertEquals(meansLater({ code: "AUTH", text: "try again later" }), false);
});

Deno.test("without a code the server's words tell it", () => {
  for (
    const text of [
      "lock busy! Is another session active? (11)",
      "Can't get the lock: mailbox is in use",
      "can't lock mailbox file",
      "Unable to obtain lock",
      "maildrop already locked by another POP3 session",
      "Please wait a few minutes before you try again",
      "Service unavailable",
      "Service temporarily unavailable.",
      "Account is temporarily unavailable.",
      "too many connections from your address",
      "login rate limit",
      "System busy, try again later",
      "Download exceed. msg=10",
      "Account exceeded command or bandwidth limits",
      "login too frequently: too frequent logins",
    ]
  ) assertEquals(meansLater({ code: undefined, text }), true, text);
  for (
    const text of [
      "",
      "authentication failed",
      "invalid user name or password",
      "Your account has been locked; try again later",
      "account suspended",
      "Mailbox quota exceeded",
      "POP access is disabled for this mailbox",
      "no such message",
    ]
  ) assertEquals(meansLater({ code: undefined, text }), false, text);
});
