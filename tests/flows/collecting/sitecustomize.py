"""Makes a process that starts with this folder in PYTHONPATH tell what it leaves to the search for cycles.

COLLECTING names two FIFOs, with a colon between. Whenever somebody writes to the first, all generations are searched; the second
gives, as JSON, how many objects of which types were freed that only the search frees.
"""

import gc
import json
import os
import sys
import threading
from collections import Counter
from pathlib import Path

_ASKED, _TOLD = (Path(one) for one in os.environ["COLLECTING"].split(":"))


def _freed() -> Counter[str]:
    """Search, and count what only that finds."""
    gc.set_debug(gc.DEBUG_SAVEALL)
    gc.collect()
    gc.set_debug(0)
    counted = Counter(f"{type(one).__module__}.{type(one).__qualname__}" for one in gc.garbage)
    gc.garbage.clear()
    gc.collect()  # which frees them
    return counted


def _answer() -> None:
    while True:
        _ASKED.read_text()
        _TOLD.write_text(json.dumps(_freed()))


# The supervisor starts with this folder, too, and decides nothing.
if "gateway.cli.supervisor.replica" in sys.orig_argv:
    threading.Thread(target=_answer, daemon=True).start()
