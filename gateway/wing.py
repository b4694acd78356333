"""The socket of a wing: what a capability in a folder of its own brings into a replica, and the parts that it is given."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import FastAPI
from starlette.applications import Starlette

from gateway.access import Authenticator
from gateway.api.context import ApiContext
from gateway.dispatch import Dispatcher
from gateway.jobs import Chore
from gateway.lifecycle import Lifecycle, Pulses
from gateway.settings import Settings
from gateway.store import Store
from gateway.web import WebContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Kernel:
    """The parts of one replica that every wing is opened with."""

    settings: Settings
    store: Store
    lifecycle: Lifecycle
    dispatcher: Dispatcher
    pulses: Pulses


class Wing:
    """A capability in one replica. It overrides what it needs, and makes its own parts when they are asked for first."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel

    async def begin(self) -> None:
        """Make ready what the replica needs before it takes up any work.

        Raises:
            ConfigurationError: the replica does not start.
        """

    def chores(self) -> Sequence[Chore]:
        """Return the periodic work."""
        return ()

    def followers(self) -> Mapping[str, Callable[[], None]]:
        """Return what is called at an announcement, by the channel of the database on which others make it."""
        return {}

    def calls(self, app: FastAPI, context: ApiContext) -> None:
        """Add the calls to the API."""

    def pages(self, app: Starlette, web: WebContext) -> None:
        """Serve the pages."""

    @asynccontextmanager
    async def running(self, context: ApiContext, authenticator: Authenticator) -> AsyncIterator[None]:
        """Run the loops until the context ends."""
        yield

    def close(self) -> None:
        """End what the replica leaves behind, once nothing is served any more."""
