/** Kills at many moments; the quick suite has one of each kind. */
import { seeded } from "../helpers/random.ts";
import { permitted } from "../helpers/permissions.ts";
import { type Cut, killInTheMiddle } from "../stores/localfs/journal.ts";

for (const to of ["archive", "removed"] as const) {
  permitted(
    { read: true, write: true, run: true },
    `killed at 40 random moments, a change of 10,000 messages is all or none (${to})`,
    async () => {
      const random = seeded(40);
      const cuts: Record<Cut, number> = { before: 0, within: 0, after: 0 };
      for (let round = 0; round < 40; round++) {
        const left = Math.floor(random() ** 2 * 9900);
        const moment = round % 4 === 0 ? { ms: random() * 30 } : { left };
        cuts[await killInTheMiddle(10_000, to, moment)]++;
      }
      console.log("where the kills fell:", cuts);
    },
  );
}
