/**
 * What a user can do when a provider refuses the sign-in. The servers' own words rarely say it.
 *
 * @module
 */

/** When it applies, and what to do. A row without `host` or `text` applies whatever that is. */
interface AdviceRow {
  /** Matches the host's name. */
  readonly host?: RegExp;
  /** Matches the server's words. */
  readonly text?: RegExp;
  readonly advice: string;
}

const GMAIL = /(^|\.)(gmail|googlemail)\.com$/i;
const MICROSOFT = /(^|\.)(outlook|office365|hotmail|live|msn)\.com$/i;

/** The first row that applies counts, so what a server says comes before what its name says. */
const ROWS: readonly AdviceRow[] = [
  {
    text: /application-specific password|app(lication)? password|InvalidSecondFactor/i,
    host: GMAIL,
    advice: "Google wants an app password instead of your usual one. Make one at " +
      "https://myaccount.google.com/apppasswords (it needs 2-step verification, see " +
      "https://support.google.com/accounts/answer/185833) and use that.",
  },
  {
    text: /web login required|log ?in via your web browser/i,
    advice:
      "Google wants you to sign in with a web browser first: it found this sign-in unusual. " +
      "Open https://mail.google.com, confirm that it was you, and try again; if that does not " +
      "help, use an app password (https://support.google.com/accounts/answer/185833).",
  },
  {
    text: /less secure app/i,
    advice: 'Google no longer lets "less secure apps" sign in with your usual password ' +
      "(https://support.google.com/accounts/answer/6010255). Use an app password: " +
      "https://support.google.com/accounts/answer/185833.",
  },
  {
    text: /not enabled for POP/i,
    advice: "Turn POP on in the settings of Gmail (Forwarding and POP/IMAP): " +
      "https://support.google.com/mail/answer/7104828.",
  },
  {
    host: GMAIL,
    advice: "Gmail takes no usual passwords here: make an app password at " +
      "https://myaccount.google.com/apppasswords and use that, and turn POP on in the settings " +
      "(Forwarding and POP/IMAP, https://support.google.com/mail/answer/7104828).",
  },
  {
    host: MICROSOFT,
    text: /disabled for|POP.*(disabled|not enabled)|protocol.*disabled/i,
    advice: "POP is turned off for this mailbox. Turn it on in Outlook's settings (Mail, " +
      "Forwarding and IMAP), or ask your administrator: https://support.microsoft.com/office/" +
      "8361e398-8af4-4e97-b147-6c6c4ac95353.",
  },
  {
    host: MICROSOFT,
    advice: "Microsoft no longer takes passwords here, not even app passwords: basic " +
      "authentication is turned off, and only OAuth works: --auth xoauth2 with --token-command " +
      "(https://support.microsoft.com/office/" +
      "c5d65390-9676-4763-b41f-d7986499a90d; for companies https://learn.microsoft.com/exchange/" +
      "clients-and-mobile-in-exchange-online/deprecation-of-basic-authentication-exchange-online).",
  },
  {
    text: /basic auth(entication)? (is|has been) disabled|BasicAuthBlocked/i,
    advice: "This server takes no passwords any more, only OAuth: ask its administrator.",
  },
  {
    host: /(^|\.)(yahoo\.[a-z.]+|ymail\.com|rocketmail\.com)$/i,
    advice: "Yahoo wants an app password instead of your usual one: " +
      "https://help.yahoo.com/kb/SLN15241.html.",
  },
  {
    host: /(^|\.)aol\.com$/i,
    advice: "AOL wants an app password instead of your usual one: " +
      "https://help.aol.com/articles/Create-and-manage-app-password.",
  },
  {
    host: /(^|\.)(icloud|me|mac)\.com$/i,
    advice: "Apple's servers want an app-specific password (https://support.apple.com/102654). " +
      "Note that iCloud Mail itself offers only IMAP, not POP3 " +
      "(https://support.apple.com/102525).",
  },
  {
    host: /(^|\.)gmx\.(net|de|at|ch)$/i,
    advice: "At GMX POP3 has to be turned on in the settings (E-Mail, POP3/IMAP Abruf), again " +
      "when it was not used for long: https://hilfe.gmx.net/pop-imap/einschalten.html. With " +
      "two-factor authentication it takes an application-specific password.",
  },
  {
    host: /(^|\.)gmx\.com$/i,
    advice: "At GMX POP3 has to be turned on in the settings (POP3 & IMAP), again when it was " +
      "not used for long: https://support.gmx.com/pop-imap/toggle.html.",
  },
  {
    host: /(^|\.)web\.de$/i,
    advice: "At WEB.DE POP3 has to be turned on in the settings (E-Mail, POP3/IMAP Abruf), again " +
      "when it was not used for long: https://hilfe.web.de/pop-imap/einschalten.html.",
  },
  {
    host: /(^|\.)secureserver\.net$/i,
    advice: "GoDaddy's servers want the whole mail address as the user name, and TLS (port 995). " +
      "If the mailbox was moved to Microsoft 365, its host is outlook.office365.com: " +
      "https://www.godaddy.com/help/server-and-port-settings-for-workspace-email-6949.",
  },
  {
    host: /(^|\.)(zoho(mail)?|zohocorp)\.[a-z.]+$/i,
    advice:
      "At Zoho POP has to be turned on in the settings (Mail Accounts, POP), and two-factor " +
      "authentication needs an application-specific password: " +
      "https://www.zoho.com/mail/help/pop-access.html.",
  },
  {
    host: /(^|\.)yandex\.[a-z.]+$/i,
    advice:
      "At Yandex POP3 has to be turned on in the settings (Email clients), and the password " +
      "must be an app password: https://yandex.com/support/mail/mail-clients/others.html.",
  },
  {
    host: /(^|\.)(fastmail\.(com|fm)|messagingengine\.com)$/i,
    advice: "Fastmail wants an app password instead of your usual one: " +
      "https://www.fastmail.help/hc/en-us/articles/360058752854.",
  },
  {
    host: /(^|\.)(mail|list|bk|inbox)\.ru$/i,
    advice: "Mail.ru wants a password for external applications instead of your usual one: " +
      "https://help.mail.ru/mail/security/protection/external.",
  },
  {
    host: /(^|\.)(qq|foxmail|163|126|yeah|sina|exmail\.qq)\.(com|net)$/i,
    advice: "This provider wants the authorization code from the settings of its web mail " +
      "(where POP3 has to be turned on) instead of your usual password.",
  },
  {
    text: /authorization code|application.specific|\bapp(lication)?[- ]password/i,
    advice: "Make a password for applications in the provider's security settings, and use that " +
      "instead of your usual one.",
  },
  {
    text:
      /plain ?text.*(disallow|not allow|disabled|not permit)|(TLS|SSL|secure connection|encryption) (is )?(required|needed)|must (issue|use) (a )?(STLS|STARTTLS|TLS|SSL)|insecure connection/i,
    advice: "The server takes passwords only over an encrypted connection: use --tls or --stls.",
  },
  {
    text: /POP3? (access )?(is )?(disabled|not enabled|turned off)|(enable|turn on) POP/i,
    advice: "Turn POP3 on in the settings of the provider's web mail.",
  },
  {
    text: /too (many|frequent)|login (rate|delay)|minimum interval|wait \d+/i,
    advice: "Wait some minutes before the next sign-in: the server counts them.",
  },
  {
    text: /\block(ed)?\b|in use|busy/i,
    advice: "Another session holds the mailbox: end the other mail program, or try again later.",
  },
];

/**
 * What the user can do about a refused sign-in, by the host that was asked and the words of its
 * refusal; `undefined` where we know nothing to say.
 */
export function adviceFor(host: string, serverText: string): string | undefined {
  const name = host.replace(/\.$/, "");
  return ROWS.find((row) => (row.host?.test(name) ?? true) && (row.text?.test(serverText) ?? true))
    ?.advice;
}
