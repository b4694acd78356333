"""The wing of control orders in one replica."""

import asyncio
from collections.abc import Sequence
from functools import cached_property

import structlog
from fastapi import FastAPI
from starlette.applications import Starlette

from gateway.api.context import ApiContext
from gateway.domain.calendar import Calendar
from gateway.jobs import Chore
from gateway.web import WebContext
from gateway.wing import Wing
from gateway.wings.controls import calls
from gateway.wings.controls.kept import KeptOrders
from gateway.wings.controls.pages import alert_pages, of_declaration, office_list, owed_pages, pack_pages
from gateway.wings.controls.parties.authority import PartyQuestions
from gateway.wings.controls.parties.register import PartyRegister
from gateway.wings.controls.risk import calls as risk_calls
from gateway.wings.controls.risk import owed_calls
from gateway.wings.controls.risk.alerts import Alerts
from gateway.wings.controls.risk.assessor import Assessor
from gateway.wings.controls.risk.open_declarations import OpenDeclarations
from gateway.wings.controls.risk.owed import RiskInformation
from gateway.wings.controls.risk.publication import Publication
from gateway.wings.controls.risk.room import SealedRoom, opened_room
from gateway.wings.controls.settings import ControlSettings
from gateway.wings.controls.steps import OrderSteps

log = structlog.get_logger(__name__)


class ControlsWing(Wing):
    """Orders to control goods: before they have ended, nobody releases them."""

    _watching: asyncio.Task[None] | None = None

    @cached_property
    def kept(self) -> KeptOrders:
        """The control orders in the database."""
        return KeptOrders(self.kernel.store.database, self.kernel.store.announcements)

    @cached_property
    def steps(self) -> OrderSteps:
        """What is done to them."""
        return OrderSteps(self.kept, self.kernel.lifecycle)

    @cached_property
    def room(self) -> SealedRoom:
        """The sealed room; without a key file it opens nothing.

        Raises:
            ConfigurationError: the key file cannot be used.
        """
        return opened_room(self.kernel.settings, self.kernel.store.database)

    def publication(self) -> Publication:
        """Return how packs are published."""
        lifecycle, calendar = self.kernel.lifecycle, Calendar(zone=self.kernel.settings.zone())
        return Publication(
            self.room,
            tables=lambda: lifecycle.tables.at(calendar.day(lifecycle.now())),
            clock=lifecycle.now,
            calendar=calendar,
        )

    def information(self) -> RiskInformation:
        """Return the risk information that is owed to other administrations."""
        return RiskInformation(
            self.kernel.store.database,
            self.publication(),
            clock=self.kernel.lifecycle.now,
            marking=self.kernel.settings.of_wing(ControlSettings).marking,
        )

    @cached_property
    def assessor(self) -> Assessor:
        """How declarations are assessed by packs."""
        lifecycle, settings = self.kernel.lifecycle, self.kernel.settings
        return Assessor(
            self.room,
            self.kept,
            self.steps,
            tables=lambda: lifecycle.tables,
            calendar=Calendar(zone=settings.zone()),
            clock=lifecycle.now,
            attempts=settings.attempts,
            questions=PartyQuestions(self.kernel.dispatcher, PartyRegister(self.kernel.store.database)),
        )

    @cached_property
    def open_declarations(self) -> OpenDeclarations:
        """The assessment of open declarations by packs that look back."""
        return OpenDeclarations(self.kernel.store.database, self.room, self.assessor)

    @cached_property
    def alerts(self) -> Alerts:
        """The alerts that are held against what is released."""
        return Alerts(self.kernel.store.database, self.room, self.assessor)

    async def begin(self) -> None:
        """Read what is under seal, and have declarations assessed by it.

        Raises:
            ConfigurationError: the key file cannot be used, or there is none for what is sealed.
        """
        await self.room.begin()
        self.kernel.lifecycle.guard(self.assessor)
        self.steps.void_if_done = self.assessor.void_if_done
        self._watching = asyncio.create_task(self.room.watch(), name="sealed packs")

    def close(self) -> None:
        """End the reading of what is published."""
        if self._watching is not None:
            self._watching.cancel()

    def chores(self) -> Sequence[Chore]:
        """Have orders follow examinations that were announced without one, and packs look back, every minute."""
        return (
            Chore(name="follow_examinations", cron="* * * * *", work=self._follow),
            Chore(name="assess_open", cron="* * * * *", work=self._assess_open),
        )

    def calls(self, app: FastAPI, context: ApiContext) -> None:
        """Add the calls to the API; what is announced there is an order, too."""
        context.lifecycle.examinations.following = self.steps.follow
        calls.register(app, context, self.steps, self.kept)
        calls.register_reading(app, context, self.kept)
        risk_calls.register(app, context, self.publication)
        owed_calls.register(app, context, self.information)

    def pages(self, app: Starlette, web: WebContext) -> None:
        """Serve what is open at an office, and the control orders of a declaration."""
        office_list.register(app, web, self.kept, self.publication)
        of_declaration.register(app, web, self.kept, self.steps)
        pack_pages.register(app, web, self.publication)
        alert_pages.register(app, web, self.publication)
        owed_pages.register(app, web, self.information)

    async def _follow(self) -> None:
        if declarations := await self.steps.follow_all():
            log.info("control_orders_followed", declarations=declarations)

    async def _assess_open(self) -> None:
        await self.open_declarations.assess()
        await self.alerts.compare()
