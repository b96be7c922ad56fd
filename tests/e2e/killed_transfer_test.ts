/** Exports and imports that are killed; `tests/long` does it at a hundred moments. */
import { PROGRAMS } from "../helpers/command_line.ts";
import { killTransfer } from "../helpers/killed_transfer.ts";
import { permitted } from "../helpers/permissions.ts";

for (const kind of ["export to an mbox", "export to a store", "import of an mbox"] as const) {
  permitted(PROGRAMS, `an ${kind} that is killed loses and doubles nothing`, async () => {
    await killTransfer(kind, 2);
  });
}
