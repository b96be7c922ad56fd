/** Damage at every octet of an index; the quick suite has it at some. */
import { cut, turnBits } from "../stores/folders/damage.ts";
import { forEachKind } from "../stores/folders/kinds.ts";

forEachKind({}, "an index with a bit of any octet turned is made again", (ground) => {
  return turnBits(ground, 1);
});

forEachKind({}, "an index that was cut at any octet gives the same messages", (ground) => {
  return cut(ground, 1);
});
