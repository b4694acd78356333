"""A real browser that reaches this machine and nothing else."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.builders.processes import ran
from tests.builders.programs import NEEDS

Render = Callable[[str], str]
"""Gives the page behind a URL as it stands after its scripts have run."""


@pytest.fixture
def render(tmp_path: Path) -> Render:
    """Renders pages in Chromium; no name but this machine's can be looked up."""
    chromium = NEEDS["chromium"].found()
    if chromium is None:
        pytest.skip("no browser: chromium is not on the PATH")

    def rendered(url: str) -> str:
        command = [
            chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", f"--user-data-dir={tmp_path}",
            "--virtual-time-budget=20000", "--dump-dom", url,
        ]  # fmt: skip
        done = ran(command, check=True)
        return done.stdout

    return rendered
