"""Fetches every message with Python's poplib: poplib_fetch.py CHANNEL HOST PORT CA USER PASSWORD FOLDER.

CHANNEL is plain, STLS or TLS. Writes each message to FOLDER/NUMBER, and to standard output a line
for each: its number, its size in LIST, and the octets that poplib counted, or the words of the error
that it raised.
"""

import poplib
import ssl
import sys

channel, host, port, ca, user, password, folder = sys.argv[1:]


def connect():
    trust = ssl.create_default_context(cafile=ca)
    if channel == "TLS":
        server = poplib.POP3_SSL(host, int(port), timeout=20, context=trust)
    else:
        server = poplib.POP3(host, int(port), timeout=20)
    if channel == "STLS":
        server.stls(trust)
    server.user(user)
    server.pass_(password)
    return server


server = connect()
sizes = [line.decode().split() for line in server.list()[1]]
assert server.stat() == (len(sizes), sum(int(size) for _, size in sizes))
assert len(server.uidl()[1]) == len(sizes)
for number, size in sizes:
    try:
        _, lines, octets = server.retr(int(number))
    except poplib.error_proto as error:
        print(number, size, *error.args)
        # poplib leaves the rest of the message unread: this connection is of no more use.
        server.close()
        server = connect()
        continue
    print(number, size, octets)
    with open(f"{folder}/{number}", "wb") as file:
        file.write(b"".join(line + b"\r\n" for line in lines))
print(server.quit().decode())
