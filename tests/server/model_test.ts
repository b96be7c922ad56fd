/** Thousands of dialogues against a model of the RFCs; many more of them: tests/long. */
import { assert } from "@std/assert";
import { holdsForAllAsync } from "../helpers/property.ts";
import { play } from "./model/play.ts";
import { stories } from "./model/stories.ts";

Deno.test("10,000 random dialogues are answered as the RFCs say, whatever is cut and broken", async () => {
  let dialogues = 0;
  await holdsForAllAsync(stories(5), async (story) => {
    dialogues += story.visits.length;
    await play(story);
  }, { runs: 3500 });
  assert(dialogues >= 10_000, `only ${dialogues}`);
});
