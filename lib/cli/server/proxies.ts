/**
 * Who may say whose connections they bring: `--proxy-protocol`, `--proxy-from`.
 *
 * @module
 */
import { UsageError } from "../../config/errors.ts";
import type { Settings } from "../../config/option.ts";
import type { SERVERPOP3_OPTIONS } from "../../config/option_table.ts";
import { AddressSet } from "../../net/address_set.ts";

type ProxySettings = Pick<
  Settings<typeof SERVERPOP3_OPTIONS>,
  "proxy-protocol" | "proxy-from"
>;

/**
 * The addresses and networks of the balancers. There is no default: who may send the header may
 * claim any address, and only the administrator knows who that is.
 *
 * @throws {UsageError} if one of the two options is given without the other, or an address is none.
 */
export function proxiesOf(settings: ProxySettings): readonly string[] | undefined {
  const { "proxy-protocol": isOn, "proxy-from": from } = settings;
  if (!isOn && from === undefined) return undefined;
  if (!isOn) throw new UsageError("Cannot use --proxy-from alone: add --proxy-protocol");
  if (from === undefined) {
    throw new UsageError(
      "Cannot use --proxy-protocol alone: say who may send the header, for example " +
        "--proxy-from 127.0.0.1,10.0.0.0/8",
    );
  }
  try {
    new AddressSet(from);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new UsageError(`${error.message}; it is one of --proxy-from`);
  }
  return from;
}
