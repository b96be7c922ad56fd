import { assertEquals, assertMatch } from "@std/assert";
import { adviceFor } from "../../lib/client/advice.ts";

const KNOWN: readonly [host: string, text: string, advice: RegExp][] = [
  [
    "pop.gmail.com",
    "Application-specific password required: https://support.google.com/accounts/answer/185833",
    /app password .*apppasswords/s,
  ],
  ["pop.gmail.com", "Web login required: https://support.google.com/mail/answer/78754", /browser/],
  ["pop.gmail.com", "Please log in via your web browser", /browser/],
  ["pop.gmail.com", "Less secure apps are not allowed", /app password/],
  [
    "pop.gmail.com",
    "Your account is not enabled for POP access. Please visit your Gmail settings page",
    /7104828/,
  ],
  ["pop.gmail.com", "Username and password not accepted.", /app password/],
  ["pop.googlemail.com.", "Username and password not accepted.", /app password/],
  ["outlook.office365.com", "Logon failure: unknown user name or bad password.", /OAuth/],
  ["pop-mail.outlook.com", "Authentication failure: POP is disabled for this user", /Turn it on/],
  ["pop.mail.yahoo.com", "[AUTH] (#AUTH012) Incorrect username or password.", /SLN15241/],
  ["pop.mail.yahoo.co.jp", "invalid", /app password/],
  ["pop.aol.com", "Invalid credentials", /help\.aol\.com/],
  ["pop.mail.me.com", "no", /app-specific password/],
  ["pop.gmx.net", "authentication failed", /hilfe\.gmx\.net/],
  ["pop.gmx.com", "authentication failed", /support\.gmx\.com/],
  ["pop3.web.de", "authentication failed", /hilfe\.web\.de/],
  ["pop.secureserver.net", "Login incorrect.", /whole mail address/],
  ["pop.zoho.eu", "You are yet to enable POP for your account.", /Zoho/],
  ["pop.yandex.ru", "login failure or POP3 disabled, try later.", /Yandex/],
  ["pop.fastmail.com", "Incorrect username, password", /Fastmail/],
  ["pop.mail.ru", "Application password is REQUIRED", /external applications/],
  ["pop.qq.com", "Please using authorized code to login.", /authorization code/],
  ["pop.163.com", "Unable to log on", /authorization code/],
  ["mail.example.org", "Plaintext authentication disallowed on non-secure connections.", /--stls/],
  ["mail.example.org", "Must issue a STLS command first", /--stls/],
  ["mail.example.org", "Basic authentication is disabled.", /OAuth/],
  ["mail.example.org", "Please use an application-specific password", /password for applications/],
  ["mail.example.org", "POP3 access is disabled for your account", /Turn POP3 on/],
  ["mail.example.org", "Too many login failures", /Wait/],
  ["mail.example.org", "maildrop already locked", /Another session/],
];

Deno.test("a refusal that a provider is known for comes with what to do", () => {
  for (const [host, text, advice] of KNOWN) {
    assertMatch(adviceFor(host, text) ?? "", advice, `${host}: ${text}`);
  }
});

Deno.test("where nothing is known, nothing is said", () => {
  assertEquals(adviceFor("mail.example.org", "Invalid user name or password"), undefined);
  assertEquals(adviceFor("gmail.com.example.org", "no"), undefined);
  assertEquals(adviceFor("notgmail.com", ""), undefined);
});
