"""The wing of suspensions in one replica."""

from collections.abc import Sequence
from functools import cached_property

import structlog
from fastapi import FastAPI

from gateway.api.context import ApiContext
from gateway.jobs import Chore
from gateway.wing import Wing
from gateway.wings.suspensions import calls
from gateway.wings.suspensions.kept import KeptSuspensions
from gateway.wings.suspensions.steps import SuspensionSteps

log = structlog.get_logger(__name__)


class SuspensionsWing(Wing):
    """Goods that the law holds until words are said or a clock runs out."""

    @cached_property
    def kept(self) -> KeptSuspensions:
        """The suspensions in the database."""
        return KeptSuspensions(self.kernel.store.database, self.kernel.store.announcements)

    @cached_property
    def steps(self) -> SuspensionSteps:
        """What is done to them."""
        return SuspensionSteps(self.kept, self.kernel.store, self.kernel.lifecycle)

    def chores(self) -> Sequence[Chore]:
        """Let the clocks act that have run out, every minute."""
        return (Chore(name="run_out_suspensions", cron="* * * * *", work=self._run_out),)

    def calls(self, app: FastAPI, context: ApiContext) -> None:
        """Add the calls to the API."""
        calls.register(app, context, self.steps, self.kept)

    async def _run_out(self) -> None:
        if looked_at := await self.steps.run_out():
            log.info("suspensions_looked_at", declarations=looked_at)
