/**
 * A conversation with one of our servers, word by word, over any channel.
 *
 * @module
 */
import { connect } from "../../lib/net/connect.ts";
import { Talk } from "../../lib/cli/checks/talk.ts";
import { CA, type Channel, portFor, type Ports } from "./served.ts";

/** Connects, upgrades where that is asked for, and has heard the greeting. */
export async function talkOver(where: Ports, channel: Channel): Promise<Talk> {
  const { hostname } = where.server;
  const tls = { hostname, caCerts: [await Deno.readTextFile(CA)] };
  const port = Number(portFor(where, channel));
  const transport = await connect({ hostname, port, tls: channel === "TLS" ? tls : undefined });
  const talk = new Talk(transport);
  await talk.line();
  if (channel !== "STLS") return talk;
  const answer = await talk.ask("STLS");
  if (!answer.startsWith("+OK")) throw new Error(`STLS was refused: ${answer}`);
  await transport.startTls(tls);
  return new Talk(transport);
}
