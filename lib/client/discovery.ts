/**
 * Which server a mail address or a provider's name means.
 *
 * @module
 */

import { defaultPort, type Security } from "./options.ts";

/** Where to connect to. */
export interface DiscoveredServer {
  /** Its name. */
  readonly hostname: string;
  /** Its port. */
  readonly port: number;
  /** How the connection is to be protected. */
  readonly security: Security;
}

/** An SRV record (RFC 2782). */
export interface ServiceRecord {
  /** The lowest comes first. */
  readonly priority: number;
  /** Of the same priority the heaviest comes first. */
  readonly weight: number;
  /** The port. */
  readonly port: number;
  /** The host's name; `.` says that there is no such service. */
  readonly target: string;
}

/** Looks up SRV records; none, also where that fails. */
export type ServiceResolver = (name: string) => Promise<readonly ServiceRecord[]>;

/** Providers whose servers we know. */
export const PROVIDERS = ["gmail", "outlook", "yahoo", "icloud", "gmx", "godaddy"] as const;

/** One of them. */
export type Provider = typeof PROVIDERS[number];

const HOSTS: Readonly<Record<Provider, string>> = {
  gmail: "pop.gmail.com",
  outlook: "outlook.office365.com",
  yahoo: "pop.mail.yahoo.com",
  // Apple documents IMAP only; where it answers, it is here.
  icloud: "pop.mail.me.com",
  gmx: "pop.gmx.net",
  godaddy: "pop.secureserver.net",
};

/**
 * A provider's server; GMX has another one for addresses outside of the German-speaking world.
 *
 * @example
 * ```ts
 * import { providerServer } from "@izyware/izypop3";
 *
 * const { hostname, port, security } = providerServer("gmail");
 * console.log(hostname, port, security); // pop.gmail.com 995 tls
 * ```
 */
export function providerServer(provider: Provider, user = ""): DiscoveredServer {
  const abroad = provider === "gmx" && /@gmx\.(com|us|co\.uk|fr|es|ie|pt|sg|hk|tm|cn)$/i.test(user);
  return {
    hostname: abroad ? "pop.gmx.com" : HOSTS[provider],
    port: defaultPort("tls"),
    security: "tls",
  };
}

/**
 * The server that the DNS names for a mail address (RFC 6186): with TLS from the start where there
 * is one, else with STLS; never in plain text. `undefined` where no record says so, or one says
 * that there is none (its target is the root).
 *
 * @example
 * ```ts
 * import { discoverServer, dnsResolver } from "@izyware/izypop3";
 *
 * const resolve = dnsResolver(AbortSignal.timeout(1000));
 * const server = await discoverServer("example.invalid", resolve);
 * console.log(server === undefined ? "ask the user" : server.hostname);
 * ```
 */
export async function discoverServer(
  domain: string,
  resolve: ServiceResolver,
  allowed: readonly Security[] = ["tls", "stls"],
): Promise<DiscoveredServer | undefined> {
  const services = [["_pop3s", "tls"], ["_pop3", "stls"]] as const;
  for (const [service, security] of services) {
    if (!allowed.includes(security)) continue;
    const records = await resolve(`${service}._tcp.${domain}`);
    const [best] = records.filter(({ target }) => hostOf(target) !== "")
      .toSorted((one, other) => one.priority - other.priority || other.weight - one.weight);
    if (best !== undefined) return { hostname: hostOf(best.target), port: best.port, security };
  }
  return undefined;
}

/**
 * Asks the system's DNS servers; `signal` ends the asking. Whatever fails gives no records. Needs the
 * permission `net`.
 */
export function dnsResolver(signal: AbortSignal): ServiceResolver {
  return async (name) => {
    try {
      return await Deno.resolveDns(name, "SRV", { signal });
    } catch {
      // No such name, no network, no permission: whoever asked can still say which server is meant.
      return [];
    }
  };
}

/** `mail.example.org.` is `mail.example.org`, and `.` is nothing. */
function hostOf(target: string): string {
  return target.replace(/\.$/, "");
}
