"""The signs that serving processes give of their readiness, so that one scrape shows each of them.

Connections to a port that several processes share go to any of them: who asks for readiness there hears of one.
"""

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path

from gateway.shared_figures import shared_folder

ANSWERS = "answers"
"""The part for all the rest: whether the process gave its sign in time."""


def sign(parts: Mapping[str, bool], *, lasts_s: float) -> None:
    """Give the sign of this process, which gives another one before that time is over; one that counts for itself alone gives none."""
    if (folder := shared_folder()) is not None:
        write_sign(folder, os.getpid(), parts, until=_now() + lasts_s)


def write_sign(folder: Path, pid: int, parts: Mapping[str, bool], *, until: float) -> None:
    """Write the sign of a process; the folder may be gone with its gateway."""
    new = folder / f"sign_{pid}.new"
    try:
        new.write_text(json.dumps({"until": until, "parts": dict(parts)}), encoding="utf-8")
        new.replace(sign_file(folder, pid))
    except OSError:
        return


def read_sign(folder: Path, pid: int) -> Mapping[str, bool]:
    """Return what a process said last of its parts; of one that said nothing in time nothing is known but that."""
    try:
        said = json.loads(sign_file(folder, pid).read_text(encoding="utf-8"))
        if said["until"] >= _now():
            return {ANSWERS: True, **said["parts"]}
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return {ANSWERS: False}


def sign_file(folder: Path, pid: int) -> Path:
    """Return the file of a process's sign."""
    return folder / f"sign_{pid}.json"


def _now() -> float:
    # The same for all processes of a machine, and no clock that somebody sets.
    return time.clock_gettime(time.CLOCK_BOOTTIME)
