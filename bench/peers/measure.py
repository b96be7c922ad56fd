"""Runs a program; prints one line of JSON: its seconds, CPU seconds and the most memory it had."""

import json
import os
import subprocess
import sys
import time

start = time.monotonic()
child = subprocess.Popen(
    sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
)
words = child.stderr.read().decode(errors="replace")
# Its own and that of all children that it has waited for.
_, status, usage = os.wait4(child.pid, 0)
print(json.dumps({
    "seconds": time.monotonic() - start,
    "cpu": usage.ru_utime + usage.ru_stime,
    "megabytes": usage.ru_maxrss / 1024,
    "code": os.waitstatus_to_exitcode(status),
    "stderr": words[-500:],
}))
