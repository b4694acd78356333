"""The wing of reports to the Commission, in one replica."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import cached_property

import structlog
from fastapi import FastAPI
from starlette.applications import Starlette

from gateway.api.context import ApiContext
from gateway.domain.calendar import Calendar
from gateway.domain.errors import Conflict
from gateway.jobs import Chore
from gateway.web import WebContext
from gateway.wing import Wing
from gateway.wings.reporting import calls
from gateway.wings.reporting.acknowledgement import Acknowledgements
from gateway.wings.reporting.due import DueSurveillance
from gateway.wings.reporting.file_writer import FileWriter
from gateway.wings.reporting.indicators import calls as indicator_calls
from gateway.wings.reporting.indicators.days import IndicatorDays
from gateway.wings.reporting.indicators.pages import figures
from gateway.wings.reporting.indicators.rows import Indicator
from gateway.wings.reporting.kept_files import KeptFiles
from gateway.wings.reporting.reconciliation import Reconciliation
from gateway.wings.reporting.released_contents import ReleasedContents
from gateway.wings.reporting.settings import ReportingSettings

log = structlog.get_logger(__name__)


class SurveillanceIncomplete(Exception):
    """Something is not reported that was released: the log has what."""


class ReportingWing(Wing):
    """Goods that were released are reported to Surveillance, where an issuer is set; indicators are counted everywhere."""

    @cached_property
    def due(self) -> DueSurveillance:
        """What is due."""
        return DueSurveillance(self.kernel.store.database)

    @cached_property
    def files(self) -> KeptFiles:
        """The files."""
        return KeptFiles(self.kernel.store.database)

    @cached_property
    def writing(self) -> FileWriter:
        """What writes them."""
        kernel = self.kernel
        contents = ReleasedContents(kernel.store.database, kernel.lifecycle.lodging.wider)
        return FileWriter(self.due, self.files, contents, Calendar(zone=kernel.settings.zone()))

    @cached_property
    def indicator_days(self) -> IndicatorDays:
        """The days of indicators."""
        return IndicatorDays(self.kernel.store.database, Calendar(zone=self.kernel.settings.zone()))

    async def begin(self) -> None:
        """Have releases become due from now on, once an issuer is set.

        Raises:
            ConfigurationError: another one is in the database.
        """
        if self._issuer is not None:
            await self.due.switch_on(self._issuer)

    def chores(self) -> Sequence[Chore]:
        """Count the day for indicators every night; where an issuer is set write what is due into files, and compare releases with it."""
        counting = Chore(name="count_indicators", cron="27 1 * * *", work=self.count)
        if self._issuer is None:
            return (counting,)
        return (counting, Chore(name="write_surveillance", cron="17 1 * * *", work=self.write))

    def calls(self, app: FastAPI, context: ApiContext) -> None:
        """Add the calls to the API."""
        calls.register(app, context, self.files, Acknowledgements(self.kernel.store.database))
        indicator_calls.register(app, context, self.indicator_days, self.indicators, self.today)

    def pages(self, app: Starlette, web: WebContext) -> None:
        """Serve the figures in the console."""
        figures.register(app, web, self.indicator_days, self.indicators)

    def indicators(self) -> Sequence[Indicator]:
        """Return the rows of indicators, whenever they are in force."""
        rows: Sequence[Indicator] = self.kernel.lifecycle.tables.rows_of("indicator")
        return rows

    def today(self) -> date:
        """Return the day of the installation's zone."""
        lifecycle = self.kernel.lifecycle
        return Calendar(zone=self.kernel.settings.zone()).day(lifecycle.now())

    async def count(self) -> None:
        """Count the days that are over, and again those of which events came late."""
        if days := await self.indicator_days.fold_due(self.kernel.lifecycle.now()):
            log.info("indicators_counted", days=len(days), first=days[0].isoformat(), last=days[-1].isoformat())

    async def write(self) -> None:
        """Write what is due, forget what was kept long enough, and count.

        Raises:
            SurveillanceIncomplete: nothing was written, or something is left over: the work counts as failed, which is an alert.
        """
        written = await self._write()
        counted = await Reconciliation(self.kernel.store.database).count_lately(datetime.now(UTC))
        for left in counted.remainder:
            log.error(
                "surveillance_remainder", state=left.state, items=left.items, declarations=list(left.declarations)
            )
        if not written or counted.remainder:
            raise SurveillanceIncomplete

    async def _write(self) -> bool:
        try:
            files = await self.writing.write()
        except Conflict as error:
            log.error("surveillance_not_written", reason=str(error))
            return False
        await self.files.forget()
        for one in files:
            log.info("surveillance_file_written", number=one.number, records=one.records)
        return True

    @property
    def _issuer(self) -> str | None:
        return self.kernel.settings.of_wing(ReportingSettings).issuer
