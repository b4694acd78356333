"""A partner's project as `gateway new-adapter` writes it, and the authority that it is tried against."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from gateway.conformance.simulated import SimulatedAuthority, simulator_of
from tests.builders.commands import ran_here
from tests.builders.running import clean_environment

KEY = "pellets-simulator-key"


def typed(*arguments: str, **variables: str) -> CompletedProcess[str]:
    """Runs a command of the gateway here, where the partner stands."""
    return ran_here({**clean_environment(), "COLUMNS": "200", **variables}, *arguments)


@contextmanager
def standing_in(folder: Path) -> Iterator[None]:
    """Makes a folder the one where one stands, with the path as it was afterwards."""
    before = Path.cwd()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [one for one in sys.path if one])
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(before)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerProject:
    """A project `pellets`, in whose folder one stands, and its simulated authority at work."""

    folder: Path
    office: SimulatedAuthority

    @property
    def package(self) -> Path:
        """The importable package in it."""
        return self.folder / "pellets"

    def asks(self, reference: str, *options: str, **variables: str) -> CompletedProcess[str]:
        """Runs `gateway ask` about a document of the office's."""
        return typed("ask", "pellets", "C999", reference, "--against", self.office.url, *options, **variables)

    def records(self, *arguments: str, **variables: str) -> CompletedProcess[str]:
        """Runs `gateway record` against the office."""
        return typed("record", "pellets", *arguments, "--against", self.office.url, **variables)


@contextmanager
def partner_project(root: Path) -> Iterator[PartnerProject]:
    """Writes the project, and serves its office, for as long as the context lasts."""
    with standing_in(root):
        written = typed("new-adapter", "pellets")
        assert written.returncode == 0, written.stderr
    with standing_in(root / "pellets-adapter"):
        sys.path.append(str(Path.cwd()))
        with simulator_of("pellets.simulator") as office:
            yield PartnerProject(folder=Path.cwd(), office=office)
