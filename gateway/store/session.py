"""What a process hears and asks of the database beside declarations: what moved on, whether it may be written to, whom it serves."""

from collections.abc import Callable, Collection

from gateway.domain.errors import StoreError
from gateway.store import announcements as announcing
from gateway.store.database import Database, rows_of
from gateway.store.ends import Waits
from gateway.store.migration import require_served


class Hearing:
    """One process's ear at the database."""

    _database: Database
    _direct_url: str
    _waits: Waits

    async def listen(
        self,
        announce: Callable[[str], None],
        *,
        answered: Callable[[], None] = lambda: None,
        missed: Callable[[], None] = lambda: None,
    ) -> None:
        """Calls `announce` with the id of each declaration that moved on, on whichever replica, until cancelled.

        Ends where a pooler stands between. `answered` is called whenever the database speaks, `missed` when something may have
        been told that was not heard.
        """
        await announcing.listen(self._direct_url, announce, answered=answered, missed=missed, waits=self._waits)

    async def ping(self) -> bool:
        """Whether the database answers and a declaration could be written to it now: nobody keeps its tables locked."""
        try:
            async with self._database.transaction() as connection:
                (found,) = await rows_of(connection, "ping", {})
                if not found["writable"]:
                    return False
                await rows_of(connection, "lock_as_a_writer", {})
        except StoreError:
            return False
        return not self._database.is_short

    async def require_served(self) -> None:
        """Refuses to go on beside what a newer gateway applied to the database meanwhile, if this version may not.

        Raises:
            ConfigurationError: with the version that is wanted.
            StoreUnavailable: the database does not answer.
        """
        async with self._database.connection() as connection:
            await require_served(connection)

    async def settled_among(self, ids: Collection[str]) -> list[str]:
        """Gives those of some declarations for which nothing is to be done now.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        return [row["id"] for row in await self._database.rows("settled_among", {"ids": list(ids)})]
