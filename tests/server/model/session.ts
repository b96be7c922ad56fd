/**
 * One session as RFC 1939, 2449, 2595, 3206, 5034 and 6856 want it: what must be answered to each
 * line, without any code of ours.
 */

import { ERR, type Expected, isUtf8Field, type ModelSite, type ModelUser, OK } from "./expected.ts";
import { fromBase64, nameIn, read, type Said } from "./grammar.ts";
import { type ModelMessage, type OpenMaildrop, topOf } from "./maildrop.ts";

const CHALLENGE: Expected = { status: /^\+ [A-Za-z0-9+/]*={0,2}$/ };
const EMPTY_CHALLENGE: Expected = { status: /^\+ $/ };

/** Our own limits, which no RFC sets. */
const FAILURES = 3;
const BAD_COMMANDS = 25;

/** Where a SASL exchange stands: what the next line is for. */
type Exchange = keyof typeof TOKENS | "PLAIN" | "LOGIN" | "password" | "refused token" | "SCRAM";

export class ModelSession {
  readonly #site: ModelSite;
  readonly #apopOffered: boolean;
  #secure: boolean;
  #utf8 = false;
  #user: ModelUser | "nobody" | undefined;
  #exchange: Exchange | undefined;
  #loginName = "";
  #failures = 0;
  #bad = 0;
  #open: OpenMaildrop | undefined;

  constructor(site: ModelSite, secure: boolean) {
    this.#site = site;
    this.#secure = secure;
    this.#apopOffered = secure || !site.requireTls;
  }

  /** Whether APOP can be used: then the greeting has a timestamp (RFC 1939 §7). */
  get apopOffered(): boolean {
    return this.#apopOffered;
  }

  /** Whether somebody has signed in. */
  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  /** `line` without its ending of so many octets; `digestOf` tells what APOP's must be. */
  say(line: string, ending: number, digestOf: (password: string) => string): Expected {
    if (this.#exchange !== undefined) return this.#respond(line, this.#exchange);
    const said = read(line, ending);
    if (said === undefined) return this.#countBad(ERR);
    const expected = this.#open === undefined
      ? this.#beforeSignIn(said, digestOf)
      : this.#afterSignIn(said, this.#open);
    return expected ?? this.#countBad(ERR);
  }

  /** A whole run of SCRAM-SHA-256 by somebody who knows the protocol. */
  scram(name: string, password: string): Expected {
    this.#user = undefined;
    this.#exchange = undefined;
    return this.#conclude(this.#find(name, password));
  }

  /** The connection ends in any way but QUIT. */
  lose(): void {
    this.#open?.lose();
    this.#open = undefined;
  }

  #beforeSignIn(said: Said, digestOf: (password: string) => string): Expected | undefined {
    const { tls, requireTls } = this.#site;
    if (/^(USER|PASS|APOP|AUTH)$/.test(said.verb) && requireTls && !this.#secure) {
      return { status: /^-ERR .*TLS/ };
    }
    switch (said.verb) {
      case "USER":
        this.#user = this.#site.users.get(said.name) ?? "nobody";
        return OK;
      case "PASS":
        return this.#pass(said.password);
      case "APOP": {
        if (!this.#apopOffered) return ERR;
        this.#user = undefined;
        const user = this.#site.users.get(said.name);
        const right = user !== undefined && said.digest === digestOf(user.password);
        return this.#conclude(right ? user : undefined);
      }
      case "AUTH":
        return this.#auth(said.mechanism, said.initial);
      case "STLS":
        // RFC 2595 §4, RFC 6856 §2.1
        if (!tls || this.#secure || this.#utf8) return ERR;
        this.#secure = true;
        this.#user = undefined;
        return OK;
      case "UTF8":
        this.#utf8 = true;
        return OK;
      case "QUIT":
        return { ...OK, closes: true };
    }
    return this.#inBothStates(said);
  }

  #pass(password: string): Expected {
    const user = this.#user;
    this.#user = undefined;
    if (user === undefined) return ERR;
    return this.#conclude(user !== "nobody" && user.password === password ? user : undefined);
  }

  #inBothStates(said: Said): Expected | undefined {
    if (said.verb === "CAPA") return { ...OK, lines: this.#capabilities(), unordered: true };
    if (said.verb !== "LANG") return undefined;
    if (said.tag === undefined) {
      return { ...OK, lines: ["en English", "i-default Default, in English"] };
    }
    // RFC 4647 §3.4; RFC 6856 §3.2: "+OK", a space, the tag, a space.
    if (said.tag === "*" || /^i-default$/i.test(said.tag)) return { status: /^\+OK i-default \S/ };
    return /^en(-|$)/i.test(said.tag) ? { status: /^\+OK en \S/ } : ERR;
  }

  #capabilities(): string[] {
    const { tls, requireTls, loginDelay, commitMode } = this.#site;
    const before = this.#open === undefined;
    const maySignIn = this.#secure || !requireTls;
    return [
      ...["TOP", "UIDL", "RESP-CODES", "AUTH-RESP-CODE", "PIPELINING", "LANG"],
      ...(tls && before && !this.#secure && !this.#utf8 ? ["STLS"] : []),
      ...(maySignIn
        ? ["USER", "UTF8 USER", "SASL SCRAM-SHA-256 OAUTHBEARER XOAUTH2 PLAIN LOGIN"]
        : ["UTF8"]),
      commitMode ? "EXPIRE 0" : "EXPIRE NEVER",
      ...(loginDelay ? ["LOGIN-DELAY 3600"] : []),
      ...(before ? [] : ["IMPLEMENTATION model"]),
    ];
  }

  #auth(mechanism: string | undefined, initial: string | undefined): Expected {
    if (mechanism === undefined) {
      return { ...OK, lines: ["SCRAM-SHA-256", "OAUTHBEARER", "XOAUTH2", "PLAIN", "LOGIN"] };
    }
    const exchange = STARTS[mechanism];
    if (exchange === undefined) return ERR;
    const response = initial === undefined || initial === "=" ? initial : fromBase64(initial);
    if (initial !== undefined && response === undefined) return ERR;
    this.#user = undefined;
    if (response === undefined) {
      this.#exchange = exchange;
      return exchange === "LOGIN" ? CHALLENGE : EMPTY_CHALLENGE;
    }
    return this.#advance(response === "=" ? "" : response, exchange);
  }

  /** A line for the mechanism (RFC 5034 §4). */
  #respond(line: string, exchange: Exchange): Expected {
    this.#exchange = undefined;
    // Whatever is answered to an explanation, it is over (RFC 7628 §3.2.3).
    if (exchange === "refused token") return this.#advance("", exchange);
    const response = line === "*" ? undefined : fromBase64(line);
    const expected = response === undefined ? ERR : this.#advance(response, exchange);
    return expected === ERR ? this.#countBad(ERR) : expected;
  }

  #advance(response: string, exchange: Exchange): Expected {
    switch (exchange) {
      case "PLAIN": {
        const [authzid = "", name, password, more] = response.split("\0");
        const [who, whose] = [nameIn(name ?? ""), authzid === "" ? name : nameIn(authzid)];
        if (more !== undefined || !who || !whose || !password) return ERR;
        // Nobody opens the mailbox of somebody else.
        const user = this.#find(who, password);
        return this.#conclude(authzid === "" || authzid === name ? user : undefined);
      }
      case "LOGIN":
        if (nameIn(response) === undefined) return ERR;
        this.#loginName = nameIn(response) ?? "";
        this.#exchange = "password";
        return CHALLENGE;
      case "password":
        if (response === "" || response.includes("\0")) return ERR;
        return this.#conclude(this.#find(this.#loginName, response));
      case "OAUTHBEARER":
      case "XOAUTH2": {
        const [, token] = TOKENS[exchange].exec(response) ?? [];
        if (token === undefined) return ERR;
        if (token === this.#site.token) return this.#conclude(this.#site.tokenUser);
        this.#exchange = "refused token";
        return CHALLENGE;
      }
      case "refused token":
        return this.#conclude(undefined);
      case "SCRAM":
        // Only a run of the mechanism gets any further: see scram.
        return ERR;
    }
  }

  #find(name: string, password: string): ModelUser | undefined {
    const user = this.#site.users.get(name);
    return user?.password === password ? user : undefined;
  }

  #conclude(user: ModelUser | undefined): Expected {
    if (user === undefined) {
      return { status: /^-ERR \[AUTH\] /, closes: ++this.#failures === FAILURES };
    }
    if (user.delayed) return { status: /^-ERR \[LOGIN-DELAY\] / };
    if (user.drop.locked) return { status: /^-ERR \[IN-USE\] / };
    if (this.#site.loginDelay) user.delayed = true;
    this.#open = user.drop.open();
    return OK;
  }

  #afterSignIn(said: Said, open: OpenMaildrop): Expected | undefined {
    switch (said.verb) {
      case "STAT":
        return { status: new RegExp(`^\\+OK ${open.left().length} ${open.octets()}$`) };
      case "LIST":
      case "UIDL":
        return list(open, said.number, ({ text, uid }) => said.verb === "LIST" ? text.length : uid);
      case "RETR":
      case "TOP":
      case "DELE": {
        const message = open.message(said.number);
        return message === undefined ? ERR : this.#work(said, open, message);
      }
      case "RSET":
        open.reset();
        return OK;
      case "NOOP":
        return OK;
      case "QUIT":
        open.quit();
        this.#open = undefined;
        return { ...OK, closes: true };
    }
    return this.#inBothStates(said);
  }

  #work(said: Said, open: OpenMaildrop, message: ModelMessage): Expected {
    if (said.verb === "TOP") return this.#send(OK.status, topOf(message.text, said.lines));
    if (said.verb === "DELE") {
      open.delete(message);
      return OK;
    }
    open.serve(message);
    return this.#send(new RegExp(`^\\+OK ${message.text.length} octets$`), message.text);
  }

  /** RFC 6856 §2.1 */
  #send(status: RegExp, text: string): Expected {
    const header = text.startsWith("\r\n") ? "" : text.split("\r\n\r\n")[0] ?? "";
    const mayGo = this.#utf8 || !header.split("\r\n").some(isUtf8Field);
    return mayGo ? { status, message: text } : { ...OK, inAscii: text };
  }

  #countBad(expected: Expected): Expected {
    if (this.#open !== undefined || ++this.#bad < BAD_COMMANDS) return expected;
    return { ...expected, closes: true };
  }
}

function list(
  open: OpenMaildrop,
  number: number | undefined,
  valueOf: (message: ModelMessage) => string | number,
): Expected {
  if (number === undefined) {
    return { ...OK, lines: open.left().map(([each, message]) => `${each} ${valueOf(message)}`) };
  }
  const message = open.message(number);
  return message === undefined
    ? ERR
    : { status: new RegExp(`^\\+OK ${number} ${valueOf(message)}$`) };
}

/** RFC 7628 §3.1, and what XOAUTH2 is known to look like. */
const TOKENS = {
  // deno-lint-ignore no-control-regex -- octets of value 1 divide these messages
  OAUTHBEARER: /^n,a=[a-z]*,\x01auth=Bearer ([\x21-\x7e]+)\x01\x01$/,
  // deno-lint-ignore no-control-regex -- as above
  XOAUTH2: /^user=[a-z]+\x01auth=Bearer ([\x21-\x7e]+)\x01\x01$/,
} as const;

const STARTS: Readonly<Record<string, Exchange>> = {
  "PLAIN": "PLAIN",
  "LOGIN": "LOGIN",
  "OAUTHBEARER": "OAUTHBEARER",
  "XOAUTH2": "XOAUTH2",
  "SCRAM-SHA-256": "SCRAM",
};
