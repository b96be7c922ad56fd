/** Kills at many moments; the quick suite has one of each kind. */
import { seeded } from "../helpers/random.ts";
import { permitted } from "../helpers/permissions.ts";
import { type Cut, killInTheMiddle } from "../stores/localfs/journal.ts";

for (const to of ["archive", "removed"] as const) {
  permitted(
    { read: true, write: true, run: true },
    `killed at 16 random moments, a change of 3,000 messages is all or none (${to})`,
    async () => {
      const random = seeded(16);
      const cuts: Record<Cut, number> = { before: 0, within: 0, after: 0 };
      for (let round = 0; round < 16; round++) {
        const left = Math.floor(random() ** 2 * 2900);
        const moment = round % 4 === 0 ? { ms: random() * 30 } : { left };
        cuts[await killInTheMiddle(3000, to, moment)]++;
      }
      console.log("where the kills fell:", cuts);
    },
  );
}
