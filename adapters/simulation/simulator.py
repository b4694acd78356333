"""The parts of a simulator: its name, its documents and its application."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Protocol, runtime_checkable

from starlette.types import ASGIApp

from adapters.simulation.documents import Document, Documents
from adapters.simulation.faults import Fault


def _nothing(reference: str) -> Document | None:
    return None


@runtime_checkable
class KeepsLedger(Protocol):
    """An application that keeps a ledger of quantities. The one that `build` makes may be such."""

    def ledger(self, reference: str) -> dict[str, Any] | None:
        """Return the content of the ledger of a document, as JSON has it; None: there is no such document."""
        ...

    def remove(self, reference: str, mrn: str) -> None:
        """Take away what a declaration has reserved of a document or has used up, as somebody at the authority may.

        Raises:
            LookupError: it has nothing.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulator:
    """A simulated authority. Its package's module `simulator` holds it under the name `SIMULATOR`."""

    name: str
    """The adapter's name, e.g. `traces`."""
    title: str
    build: Callable[[Documents], ASGIApp]
    """Makes the application over its documents, with no other state yet; a reset makes it anew."""
    documents: Mapping[str, Document] = field(default_factory=dict)
    """The catalogue: reference -> document (see `read_catalogue`)."""
    generated: Callable[[str], Document | None] = _nothing
    """Gives documents without number, e.g. for load tests: reference in upper case -> document or None."""
    credentials: Mapping[str, str] = field(default_factory=dict)
    """What the simulated authority accepts, by the name of the adapter's secret: made up, and published."""
    own_faults: frozenset[Fault] = frozenset()
    """The faults that the application produces itself, because they are spoken in the authority's own protocol
    (see `fault_of`): usually `unknown_status` and `unauthorised`. Of those in `SPOKEN`, no other can be set."""


def ledger_of(app: object) -> KeepsLedger | None:
    """Return an application that keeps a ledger; None: this one keeps none."""
    return app if isinstance(app, KeepsLedger) else None


def load_simulator(package: str) -> Simulator:
    """Import the simulator of an adapter's package: `adapters.traces` or `adapters.traces.simulator`.

    Raises:
        LookupError: there is no such module, or it has no `SIMULATOR`.
    """
    name = package if package.endswith(".simulator") else f"{package}.simulator"
    try:
        simulator = getattr(import_module(name), "SIMULATOR", None)
    except ModuleNotFoundError as error:
        raise LookupError(f"{package} has no simulator: {error}") from error
    if not isinstance(simulator, Simulator):
        raise LookupError(f"{name} has no SIMULATOR")
    return simulator
