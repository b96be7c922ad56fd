"""Has a whole dialogue with Python's poplib: poplib_dialogue.py CHANNEL HOST PORT CA USER PASSWORD.

CHANNEL is plain, STLS or TLS; the maildrop has five messages. Anything unexpected is an error.
"""

import poplib
import ssl
import sys

channel, host, port, ca, user, password = sys.argv[1:]


def connect():
    trust = ssl.create_default_context(cafile=ca)
    if channel == "TLS":
        return poplib.POP3_SSL(host, int(port), timeout=20, context=trust)
    server = poplib.POP3(host, int(port), timeout=20)
    if channel == "STLS":
        assert "STLS" in server.capa()
        server.stls(trust)
        assert "STLS" not in server.capa()
        refused(server.stls, trust)
    return server


def refused(command, *words):
    try:
        command(*words)
    except poplib.error_proto as error:
        return error.args[0]
    raise AssertionError(f"{command.__name__}{words} was not refused")


server = connect()
assert server.getwelcome().startswith(b"+OK ")
assert "UTF8" in server.capa()
refused(server.stat)
server.user(user)
assert refused(server.pass_, "wrong").startswith(b"-ERR [AUTH] ")
assert refused(server.apop, user, "wrong").startswith(b"-ERR [AUTH] ")
assert server.utf8().startswith(b"+OK")
server.user(user)
server.pass_(password)
assert server.capa()["UIDL"] == []
assert server.noop().startswith(b"+OK")

count, octets = server.stat()
assert count == 5
sizes = dict(map(int, line.split()) for line in server.list()[1])
assert list(sizes) == [1, 2, 3, 4, 5] and sum(sizes.values()) == octets
assert server.list(2) == f"+OK 2 {sizes[2]}".encode()
uids = [line.split()[1] for line in server.uidl()[1]]
assert len(set(uids)) == 5 and server.uidl(3) == b"+OK 3 " + uids[2]

_, whole, size = server.retr(1)
assert size == sizes[1]
header = whole[: whole.index(b"") + 1]
assert server.top(1, 0)[1] == header
assert server.top(1, 1)[1] == whole[: len(header) + 1]
assert server.top(1, 100_000)[1] == whole

assert server.dele(2).startswith(b"+OK")
refused(server.dele, 2)
refused(server.retr, 2)
refused(server.dele, 6)
assert server.stat() == (4, octets - sizes[2])
assert [line.split()[0] for line in server.uidl()[1]] == [b"1", b"3", b"4", b"5"]
assert server.rset().startswith(b"+OK")
assert server.stat() == (5, octets)
server.dele(4)
server.quit()

server = connect()
assert server.apop(user, password).startswith(b"+OK")
assert [line.split()[1] for line in server.uidl()[1]] == uids[:3] + uids[4:]
assert server.stat() == (4, octets - sizes[4])
server.quit()
