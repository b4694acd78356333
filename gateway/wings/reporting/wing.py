"""The wing of reports to the Commission, in one replica."""

from functools import cached_property

from gateway.wing import Wing
from gateway.wings.reporting.due import DueSurveillance
from gateway.wings.reporting.settings import ReportingSettings


class ReportingWing(Wing):
    """Goods that were released are reported to Surveillance, where an issuer is set."""

    @cached_property
    def due(self) -> DueSurveillance:
        """What is due."""
        return DueSurveillance(self.kernel.store.database)

    async def begin(self) -> None:
        """Have releases become due from now on, once an issuer is set.

        Raises:
            ConfigurationError: another one is in the database.
        """
        if (issuer := self.kernel.settings.of_wing(ReportingSettings).issuer) is not None:
            await self.due.switch_on(issuer)
