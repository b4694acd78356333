"""What every test may use."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update` writes the expected files of golden cases and generated tables anew."""
    parser.addoption("--update", action="store_true", help="write expected.json of the golden cases anew")


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real messages that nobody here wrote."""
    named = os.environ.get("GATEWAY_CORPUS")
    if not named:
        pytest.skip("GATEWAY_CORPUS names no folder")
    return (ROOT / named).resolve() if not Path(named).is_absolute() else Path(named)
