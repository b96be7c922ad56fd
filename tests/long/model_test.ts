/** As tests/server/model_test.ts, with other dialogues and more of them. */
import { assert } from "@std/assert";
import { holdsForAllAsync } from "../helpers/property.ts";
import { play } from "../server/model/play.ts";
import { stories } from "../server/model/stories.ts";

for (const seed of [1, 2, 3]) {
  Deno.test(`30,000 random dialogues are answered as the RFCs say (seed ${seed})`, async () => {
    let dialogues = 0;
    await holdsForAllAsync(stories(8), async (story) => {
      dialogues += story.visits.length;
      await play(story);
    }, { runs: 7000, seed });
    assert(dialogues >= 30_000, `only ${dialogues}`);
  });
}
