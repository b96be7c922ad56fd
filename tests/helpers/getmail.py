"""Runs getmail6 with a wait for its children that cannot miss their end.

getmail6 6.18 learns of it by a signal that may come before it listens: then it waits for minutes.
"""

import os
import runpy
import shutil
import sys

from getmailcore.baseclasses import ForkingBase


def wait_for_child(self, pid):
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


ForkingBase._prepare_child = lambda self: None
ForkingBase._wait_for_child = wait_for_child
sys.argv[0] = shutil.which("getmail")
runpy.run_path(sys.argv[0], run_name="__main__")
