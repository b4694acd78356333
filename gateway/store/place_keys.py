"""The key that places in lists are sealed with for traders: one for all replicas, made with the database."""

from gateway.store.database import Database


class PlaceKeys:
    """The key of the sealed places."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._key: bytes | None = None

    async def key(self) -> bytes:
        """Return the key; it is read once.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        if self._key is None:
            found = await self._database.row("place_key", {})
            assert found is not None, "the key is made with the table"
            self._key = bytes(found["key"])
        return self._key
