"""The wing of suspensions in one replica."""

from collections.abc import Sequence
from functools import cached_property

import structlog
from fastapi import FastAPI
from starlette.applications import Starlette

from gateway.api.context import ApiContext
from gateway.jobs import Chore
from gateway.web import WebContext
from gateway.wing import Wing
from gateway.wings.suspensions import calls, pushed_calls
from gateway.wings.suspensions.due_notices import DueNotices
from gateway.wings.suspensions.kept import KeptSuspensions
from gateway.wings.suspensions.kept_events import KeptEvents
from gateway.wings.suspensions.pages import of_declaration, office_list, own
from gateway.wings.suspensions.pushed_steps import PushedSteps
from gateway.wings.suspensions.silence import AuthoritySilence
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
        kernel = self.kernel
        return SuspensionSteps(self.kept, kernel.store, kernel.lifecycle, AuthoritySilence(kernel.dispatcher))

    @cached_property
    def pushed(self) -> PushedSteps:
        """What is done with words that authorities push."""
        kernel = self.kernel
        is_examined = kernel.dispatcher.is_examined
        return PushedSteps(
            KeptEvents(kernel.store.database),
            self.kept,
            self.steps,
            kernel.store,
            kernel.lifecycle,
            is_examined=is_examined,
        )

    def chores(self) -> Sequence[Chore]:
        """Let clocks act that have run out, say words that waited for their declaration, and send notices that are due, every minute."""
        return (
            Chore(name="run_out_suspensions", cron="* * * * *", work=self._run_out),
            Chore(name="say_waiting_words", cron="* * * * *", work=self._say_waiting),
            Chore(name="send_suspension_notices", cron="* * * * *", work=self._send_notices),
        )

    def calls(self, app: FastAPI, context: ApiContext) -> None:
        """Add the calls to the API."""
        calls.register(app, context, self.steps, self.kept)
        pushed_calls.register(app, context, self.pushed)

    def pages(self, app: Starlette, web: WebContext) -> None:
        """Serve what is open at an office, and the suspensions of a declaration, for officers and for its parties."""
        office_list.register(app, web, self.kept, self.pushed)
        of_declaration.register(app, web, self.kept, self.steps)
        own.register(app, web, self.kept, self.steps)

    async def _say_waiting(self) -> None:
        if words := await self.pushed.go_on():
            log.info("suspension_words_said", words=words)

    async def _send_notices(self) -> None:
        notices = DueNotices(self.kept, self.steps, self.kernel.store, self.kernel.lifecycle, self.kernel.dispatcher)
        if suspensions := await notices.send():
            log.info("suspension_notices_sent", suspensions=suspensions)

    async def _run_out(self) -> None:
        if looked_at := await self.steps.run_out():
            log.info("suspensions_looked_at", declarations=looked_at)
