"""The folder where one stands: a package that is being written lies there, and the commands for adapters look for it there last of all."""

import os
import sys
from pathlib import Path


def add_working_folder() -> None:
    """Put the folder where one stands behind everything that can be imported; one that is gone has nothing in it."""
    try:
        here = os.fspath(Path.cwd())
    except FileNotFoundError:
        return
    if here not in sys.path:
        sys.path.append(here)
