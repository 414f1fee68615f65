"""Real-time priority (实时优先级): the voice goes before every other work of the machine."""

import contextlib
import os
from pathlib import Path

LEVEL = 10
"""Above all ordinary work, below the kernel's own; what Asterisk's own `-p` takes."""
ROUNDS = 3
"""A thread that begins while one looks at the others may be missed once."""


def give(pid: int) -> None:
    """Give it to all threads of a process, and so to those that they begin.

    Packets of 20 ms that leave late are holes in what a caller hears: with three busy programs
    beside four lines on two cores one syllable in six was broken, and none with it. Nothing
    happens where the machine does not allow it; the doctor tells.
    """
    for _ in range(ROUNDS):
        with contextlib.suppress(OSError):
            for thread in Path(f"/proc/{pid}/task").iterdir():
                os.sched_setscheduler(int(thread.name), os.SCHED_RR, os.sched_param(LEVEL))


def has(pid: int) -> bool:
    """Whether a process has it."""
    try:
        return os.sched_getscheduler(pid) == os.SCHED_RR
    except OSError:
        return False
