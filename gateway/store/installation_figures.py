"""The present state over all replicas, for operators: held goods, open orders, what waits for whom."""

from collections.abc import Sequence

from gateway.observe.installation_figures import InstallationFigure
from gateway.store.database import Database


class InstallationFigures:
    """The figures of the database's present content. Every call raises `StoreUnavailable` without one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def now(self) -> Sequence[InstallationFigure]:
        """Return them; what there is none of is left out, where its labels are not known without it."""
        rows = await self._database.rows("installation_figures", {})
        return [InstallationFigure(row["figure"], tuple(row["labels"]), row["count"], row["oldest_s"]) for row in rows]
