"""The daemon of `hurried`, without root's power to read what is closed: tests may run as root.

python unprivileged.py --config FILE
"""

import ctypes
import os
import sys
from pathlib import Path

import hurried

#: How Python is told to run this daemon.
PROGRAM = (str(Path(__file__)),)

_PR_CAPBSET_DROP = 24  # prctl(2)
_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH = 1, 2  # capabilities(7)

if __name__ == "__main__":
    if (
        sys.platform == "linux"
    ):  # for any user but root the call fails, and nothing is to be dropped
        for capability in (_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH):
            ctypes.CDLL(None).prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    os.execv(sys.executable, [sys.executable, *hurried.PROGRAM, *sys.argv[1:]])  # noqa: S606 - it is itself
