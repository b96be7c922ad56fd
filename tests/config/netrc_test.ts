import { assertEquals } from "@std/assert";
import { findInNetrc } from "../../lib/config/netrc.ts";

const FILE = `
# mail
machine pop.example.org login me password s3cret
machine pop.example.org login you password "with \\"blank\\" \\\\ #"
machine Other.Example.Org
  login other
  account x
  password pa#ss # a comment
macdef init
machine pop.example.org login macro password macro

machine anyone.example.org password all
default login guest password guest
`;

Deno.test("the machine and the login decide, and default is for all others", () => {
  const find = (host: string, login?: string) => {
    const entry = findInNetrc(FILE, host, login);
    return entry === undefined ? undefined : [entry.login, entry.password];
  };
  assertEquals(find("pop.example.org"), ["me", "s3cret"]);
  assertEquals(find("POP.example.org", "you"), ["you", 'with "blank" \\ #']);
  assertEquals(find("other.example.org", "other"), ["other", "pa#ss"]);
  assertEquals(find("anyone.example.org", "x"), [undefined, "all"]);
  assertEquals(find("pop.example.org", "macro"), undefined);
  assertEquals(find("elsewhere.example.org", "guest"), ["guest", "guest"]);
  assertEquals(find("elsewhere.example.org", "me"), undefined);
  assertEquals(findInNetrc("", "x", undefined), undefined);
  assertEquals(findInNetrc("machine", "x", undefined), undefined);
});
