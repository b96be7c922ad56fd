/**
 * `izypop3 test`.
 *
 * @module
 */
import { UsageError } from "../config/errors.ts";
import type { TEST_OPTIONS } from "../config/option_table.ts";
import { openStore } from "../stores/registry.ts";
import type { Check } from "./checks/check.ts";
import { DIALOGUES } from "./checks/dialogues.ts";
import { PROTOCOL } from "./checks/protocol.ts";
import { examineServer } from "./checks/remote/run.ts";
import { TRANSFER } from "./checks/transfer.ts";
import { Workshop } from "./checks/workshop.ts";
import type { Invocation } from "./command.ts";
import { EXIT } from "./exit_codes.ts";
import { oneLine } from "./io.ts";
import { tellItem } from "./items.ts";
import { mimeQuery, storeSettings } from "./stores.ts";

const CHECKS: readonly Check[] = [...DIALOGUES, ...PROTOCOL, ...TRANSFER];

type TestInvocation = Invocation<typeof TEST_OPTIONS>;

/** Checks that everything works together, or shows what a store holds. */
export async function test(invocation: TestInvocation): Promise<number> {
  if (invocation.operands.length > 0) {
    throw new UsageError("Cannot use the words that belong to no flag: test takes flags only");
  }
  switch (invocation.settings.testtype) {
    case "mimestore":
      return await showStore(invocation);
    case "server":
      return await examineServer(invocation);
    case "fullclientserver":
      return await runChecks(invocation);
  }
}

async function showStore({ settings, io }: TestInvocation): Promise<number> {
  const storage = await storeSettings(settings, "fake") ?? { modhandler: "fake" };
  await using store = await openStore(storage);
  for (const item of await store.query(mimeQuery(settings))) {
    await tellItem(io, item, settings.json);
  }
  return EXIT.done;
}

async function runChecks({ settings, io, signal }: TestInvocation): Promise<number> {
  const storage = await storeSettings(settings, "fake") ?? { modhandler: "fake" };
  const { stdout } = io;
  const { json } = settings;
  let failed = 0;
  await using shop = await Workshop.open(storage);
  for (const { name, run } of CHECKS) {
    signal.throwIfAborted();
    const reason = await reasonOfFailure(() => run(shop));
    if (reason !== undefined) failed++;
    if (json) await stdout.json({ check: name, passed: reason === undefined, reason });
    else await stdout.line(reason === undefined ? `ok      ${name}` : `FAILED  ${name}: ${reason}`);
    await stdout.flush();
  }
  const passed = CHECKS.length - failed;
  await (json
    ? stdout.json({ passed, failed })
    : stdout.line(`${passed} passed, ${failed} failed`));
  return failed === 0 ? EXIT.done : EXIT.bug;
}

async function reasonOfFailure(work: () => Promise<void>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return oneLine(error instanceof Error ? error.message : String(error));
  }
}
