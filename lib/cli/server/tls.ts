/**
 * TLS of `serverpop3`: `--tls-cert`, `--tls-key`, `--tls-port`, `--require-tls`.
 *
 * @module
 */
import { readInputFile } from "../../config/config_file.ts";
import { ConfigError, UsageError } from "../../config/errors.ts";
import type { Settings } from "../../config/option.ts";
import type { SERVERPOP3_OPTIONS } from "../../config/option_table.ts";
import { CertificateError } from "../../net/errors.ts";
import { listen, type Listener, type ListenOptions } from "../../net/listener.ts";
import { type KeyPair, ServerTls } from "../../net/server_tls.ts";

/** TLS, ready to be used. */
export interface ServerTlsSetup extends AsyncDisposable {
  readonly tls: ServerTls;
  /** For implicit TLS. */
  readonly listener: Listener | undefined;
  /** Reads certificate and key anew; if they cannot be used, those from before stay. */
  reload(): Promise<void>;
}

type ServerSettings = Settings<typeof SERVERPOP3_OPTIONS>;

/** What the settings say of it; throws what is wrong with them. `shared`: others listen too. */
export async function tlsOf(
  settings: ServerSettings,
  shared: boolean = false,
): Promise<ServerTlsSetup | undefined> {
  const { "tls-cert": cert, "tls-key": key, "tls-port": port, host } = settings;
  if (cert === undefined || key === undefined) {
    const asked = cert ?? key ?? port;
    if (asked === undefined && !settings["require-tls"]) return undefined;
    throw new UsageError(
      `Cannot offer TLS: ${cert === undefined ? "--tls-cert" : "--tls-key"} is missing ` +
        "(TLS takes --tls-cert FILE and --tls-key FILE)",
    );
  }
  const tls = await opened(async () => ServerTls.open(await readPair(cert, key)));
  return {
    tls,
    listener: port === undefined
      ? undefined
      : await listenOr(tls, { hostname: host, port, shared }),
    reload: () => opened(async () => tls.renew(await readPair(cert, key))),
    [Symbol.asyncDispose]: () => tls[Symbol.asyncDispose](),
  };
}

async function listenOr(tls: ServerTls, options: ListenOptions): Promise<Listener> {
  try {
    return listen(options);
  } catch (error) {
    await tls[Symbol.asyncDispose]();
    throw error;
  }
}

async function readPair(cert: string, key: string): Promise<KeyPair> {
  return {
    cert: await readInputFile(cert, "--tls-cert"),
    key: await readInputFile(key, "--tls-key"),
  };
}

async function opened<T>(open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    throw new ConfigError(error.message, { cause: error });
  }
}
