"""`python -m tools.guide [FOLDER]`."""

import sys
from pathlib import Path

from tools.guide import build_guide

build_guide(*map(Path, sys.argv[1:]))
