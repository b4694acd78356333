"""Where things stand in the project."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "config"
CASES = ROOT / "tests" / "cases"
DATA = ROOT / "tests" / "data"
