/**
 * POP3 servers of Debian's that are not Dovecot, with one user and some messages.
 *
 * @module
 */
import { layeredNeeds, type LayeredServer, startLayered } from "./layered_server.ts";
import type { Needs } from "./permissions.ts";
import { concat, latin1, text } from "./random.ts";
import { unixLines } from "./served.ts";

/** A server that can be started. */
export interface DebianServer {
  readonly name: string;
  readonly needs: Needs;
  readonly channels: readonly ("plain" | "STLS" | "TLS")[];
  /** Starts it with these messages in the mailbox of `me`, whose password is `secret`. */
  start(messages: readonly Uint8Array[]): Promise<LayeredServer>;
}

const USER = "me";
const PASSWORD = "secret";

/** Courier's: Maildir, its own users, STLS and TLS, PIPELINING, AUTH. */
export const COURIER: DebianServer = {
  name: "courier-pop",
  needs: layeredNeeds("courierpop3d", "couriertcpd", "authdaemond"),
  channels: ["plain", "STLS", "TLS"],
  start: (messages) =>
    start(
      "courierpop3d",
      maildir(messages),
      true,
      `
account courier $service_id /var/lib/courier '*'
mkdir -p /run/courier/authdaemon "/var/home/$user/Maildir/cur" "/var/home/$user/Maildir/tmp"
chown -R "$user:" "/var/home/$user"
mkdir -m 700 /etc/courier/userdb
printf '%s\\thome=%s|uid=%s|gid=%s|systempw=%s\\n' "$user" "/var/home/$user" \\
  "$(id -u "$user")" "$(id -g "$user")" "$hash" >/etc/courier/userdb/users
chmod 600 /etc/courier/userdb/users
makeuserdb
cat >/etc/courier/authdaemonrc <<END
authmodulelist="authuserdb"
authmodulelistorig="authuserdb"
daemons=2
authdaemonvar=/run/courier/authdaemon
END
cat "$certificates/server.key" "$certificates/server.pem" >/etc/courier/pop3d.pem
/usr/lib/courier/courier-authlib/authdaemond &
until [ -S /run/courier/authdaemon/socket ]; do sleep 0.02; done
set -a
. /etc/courier/pop3d
. /etc/courier/pop3d-ssl
POP3AUTH="PLAIN LOGIN" POP3AUTH_TLS="PLAIN LOGIN" TLS_DHPARAMS= TLS_CACHEFILE=
set +a
folder=/usr/lib/courier/courier
serve() {
  port=$1
  shift
  couriertcpd -address=127.0.0.1 -maxprocs=40 -maxperip=40 -nodnslookup -noidentlookup \\
    "$port" "$@" $folder/courierpop3login $folder/courierpop3d Maildir
}
POP3_TLS=1 POP3_STARTTLS=NO serve "$tls_port" /usr/bin/couriertls -server -tcpd -user=courier &
serve "$port"
`,
    ),
};

/** Openwall's: mbox, USER and PASS, no CAPA, no text behind +OK. */
export const POPA3D: DebianServer = {
  name: "popa3d",
  needs: layeredNeeds("popa3d", "socat"),
  channels: ["plain"],
  start: (messages) =>
    start(
      "popa3d",
      mailbox(messages),
      false,
      `
account popa3d $service_id /var/lib/popa3d '*'
chown "$user:" "/var/mail/$user"
socat "TCP-LISTEN:$port,bind=127.0.0.1,reuseaddr,fork,nodelay" EXEC:popa3d,nofork
`,
    ),
};

/** GNU's, with a Maildir: STLS and TLS, PIPELINING. */
export const MAILUTILS: DebianServer = {
  name: "mailutils-pop3d",
  needs: layeredNeeds("pop3d"),
  channels: ["plain", "STLS", "TLS"],
  start: (messages) =>
    start(
      "pop3d",
      maildir(messages),
      true,
      `
mkdir -p "/var/home/$user/Maildir/cur" "/var/home/$user/Maildir/tmp"
chown -R "$user:" "/var/home/$user"
mkdir -m 1777 /run/locks
cp "$certificates/server.key" "$certificates/server.pem" /etc
chmod 600 /etc/server.key
cat >/etc/pop3d.conf <<END
mode daemon;
foreground yes;
logging { syslog no; };
mailbox { mailbox-pattern "maildir:/var/home/\\\${user}/Maildir"; };
mandatory-locking { enable yes; lock-directory /run/locks; };
auth { authentication "pam:system"; authorization "system"; };
tls { ssl-certificate-file /etc/server.pem; ssl-key-file /etc/server.key; };
server 127.0.0.1:$port { tls-mode ondemand; };
server 127.0.0.1:$tls_port { tls-mode connection; };
END
pop3d --config-file=/etc/pop3d.conf
`,
    ),
};

function start(
  program: string,
  files: Readonly<Record<string, Uint8Array>>,
  hasTlsPort: boolean,
  script: string,
): Promise<LayeredServer> {
  return startLayered({ program, files, hasTlsPort, script, user: USER, password: PASSWORD });
}

function maildir(messages: readonly Uint8Array[]): Record<string, Uint8Array> {
  const folder = `/var/home/${USER}/Maildir/new`;
  return Object.fromEntries(
    messages.map((octets, index) => [
      // Sorted by name or by the time in it, the order is the one given.
      `${folder}/${1_700_000_000 + index}.M0P1.izypop3`,
      unixLines(octets),
    ]),
  );
}

/** An mbox as Unix has it: lines end in LF, and only the first of a message begins with `From `. */
function mailbox(messages: readonly Uint8Array[]): Record<string, Uint8Array> {
  const separator = latin1("From me@example.org Thu Jan  1 00:00:00 1970\n");
  const parts = messages.flatMap((octets) => [separator, quoted(unixLines(octets)), latin1("\n")]);
  return { [`/var/mail/${USER}`]: concat(parts) };
}

function quoted(octets: Uint8Array): Uint8Array {
  const lines = text(octets).replace(/(?<=^|\n)From /g, ">From ");
  return latin1(lines === "" || lines.endsWith("\n") ? lines : `${lines}\n`);
}
