import { assertEquals, assertThrows } from "@std/assert";
import { startClientMechanism } from "../../lib/auth/sasl_client.ts";
import { startServerMechanism } from "../../lib/auth/sasl_server.ts";
import { singlePassword } from "../../lib/auth/single_password.ts";
import { parseSecret } from "../../lib/auth/passwd_secret.ts";
import { PasswordCheck } from "../../lib/auth/password_check.ts";
import { SaslError, type SaslMechanismName } from "../../lib/protocol/sasl.ts";
import { fromBase64 } from "../../lib/protocol/sasl/base64.ts";
import { Gsasl } from "../helpers/gsasl.ts";
import { permitted } from "../helpers/permissions.ts";
import { runProgram } from "../helpers/program.ts";
import { octets } from "./exchange.ts";

/** GNU SASL, whose program speaks lines of Base64 when it has no server to connect to. */
const NEEDS = { programs: ["gsasl"] };

const USER = "jörg,=x";

permitted(NEEDS, "GNU SASL as client signs in with PLAIN, LOGIN and SCRAM-SHA-256", async () => {
  for (const mechanism of ["PLAIN", "LOGIN", "SCRAM-SHA-256"] as const) {
    assertEquals(await gsaslSignsIn(mechanism, "pencil", "pencil"), "done", mechanism);
    assertEquals(await gsaslSignsIn(mechanism, "pencils", "pencil"), "refused", mechanism);
  }
});

permitted(NEEDS, "GNU SASL prepares passwords for SCRAM as we do", async () => {
  const typed = "pa\u0308\u00a0ss\u00ad ﬁ";
  assertEquals(await gsaslSignsIn("SCRAM-SHA-256", typed, "pä ss fi"), "done");
});

permitted(NEEDS, "GNU SASL as server lets our SCRAM-SHA-256 in, and proves who it is", async () => {
  await using gsasl = new Gsasl(USER, [
    "--server",
    "--mechanism",
    "SCRAM-SHA-256",
    "--password=pencil",
  ]);
  const client = startClientMechanism("SCRAM-SHA-256", { user: USER, secret: octets("pencil") });
  await gsasl.line();
  assertEquals(await gsasl.line(), "");
  await gsasl.send(client.initial);
  await gsasl.send(await client.respond(fromBase64(await gsasl.line() ?? "")));
  await gsasl.send(await client.respond(fromBase64(await gsasl.line() ?? "")));
  client.verifyEnd();
  assertEquals(await gsasl.end(), 0);
});

permitted(NEEDS, "GNU SASL as server refuses our wrong password", async () => {
  await using gsasl = new Gsasl(USER, [
    "--server",
    "--mechanism",
    "SCRAM-SHA-256",
    "--password=pencil",
  ]);
  const client = startClientMechanism("SCRAM-SHA-256", { user: USER, secret: octets("pencils") });
  await gsasl.line();
  await gsasl.line();
  await gsasl.send(client.initial);
  await gsasl.send(await client.respond(fromBase64(await gsasl.line() ?? "")));
  assertEquals(await gsasl.line(), undefined);
  assertThrows(() => client.verifyEnd(), SaslError, "could not prove");
});

permitted(NEEDS, "a secret that gsasl --mkpasswd makes can stand in the users file", async () => {
  const { stdout } = await runProgram("gsasl", [
    ...["--mkpasswd", "--mechanism", "SCRAM-SHA-256", "--password", "tanstaaf"],
    ...["--iteration-count", "4097"],
  ]);
  const [, scheme = "", text = ""] = /^\{(.*)\}(.*)\n/.exec(new TextDecoder().decode(stdout)) ?? [];
  const secret = parseSecret(scheme, text);
  assertEquals(secret.kind === "scram" && secret.credentials.iterations, 4097);
  assertEquals(await new PasswordCheck([secret]).holds(secret, octets("tanstaaf")), true);
});

/** How a sign-in of gsasl ends at a server whose password is `right`. */
async function gsaslSignsIn(
  mechanism: SaslMechanismName,
  typed: string,
  right: string,
): Promise<string> {
  await using gsasl = new Gsasl(USER, [
    "--client",
    "--mechanism",
    mechanism,
    `--password=${typed}`,
  ]);
  const server = startServerMechanism(mechanism, singlePassword(right));
  await gsasl.line();
  const initial = mechanism === "LOGIN" ? undefined : fromBase64(await gsasl.line() ?? "");
  let step = await server.step(initial);
  while (step.kind === "challenge") {
    await gsasl.send(step.data);
    // It answers the last message of SCRAM only if the signature in it is right.
    const answer = await gsasl.line();
    if (answer === undefined) return "gsasl gave up";
    step = await server.step(fromBase64(answer));
  }
  if (step.kind === "done") assertEquals(step.identity.user, USER);
  return step.kind;
}
