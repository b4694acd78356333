"""The end of a benchmark that is told to end: as if by Ctrl-C, so that what it started ends with it."""

import signal
from types import FrameType
from typing import NoReturn

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""What a run is interrupted by."""


def heed_signals() -> None:
    """Has each of them raise KeyboardInterrupt, once: what cleans up after us is not to be interrupted."""
    for number in SIGNALS:
        signal.signal(number, _interrupted)


def _interrupted(number: int, frame: FrameType | None) -> NoReturn:
    for one in SIGNALS:
        signal.signal(one, signal.SIG_IGN)
    raise KeyboardInterrupt
