"""The wider elements of lodged declarations: stored once every replica knows them, and compared with what was stored without them."""

from collections.abc import Awaitable, Callable

import structlog

from gateway.domain.codec import content_digest
from gateway.domain.declaration import Declaration, MessageKind
from gateway.domain.errors import DeclarationRefused
from gateway.store import Store

log = structlog.get_logger(__name__)


class WiderElements:
    """What is kept of the wider elements, and whether a message repeats what was stored without them."""

    def __init__(self, store: Store, read: Callable[[bytes], Awaitable[Declaration]]) -> None:
        """Take where declarations are stored, and what reads a message."""
        self._store = store
        self._read = read

    def kept(self, declaration: Declaration) -> Declaration:
        """Return what is stored of a declaration: its wider elements once no replica is left that would drop them."""
        return declaration if self._store.writes_wider else declaration.without_wider()

    async def is_repeated(self, record_id: str, version: int, stated: Declaration) -> bool:
        """Whether a stored version has the content of a message, also where it was stored without its wider elements.

        Then its message is read again; where that is erased or not read any more, the rest alone is compared, and the log says so.
        """
        stored = await self._store.declarations.digest(record_id, version)
        if stored == content_digest(stated):
            return True
        if stored != content_digest(stated.without_wider()):
            return False
        before = await self.read_before(record_id, version)
        if before is None or before.message is not MessageKind.LODGE:
            log.warning("wider_not_compared", declaration=record_id, version=version)
            return True
        return content_digest(before) == content_digest(stated)

    async def read_before(self, record_id: str, version: int) -> Declaration | None:
        """Return what the message of a stored version states; None: it is erased, or not read any more."""
        raw = await self._store.declarations.message(record_id, version)
        try:
            return await self._read(raw) if raw is not None else None
        except DeclarationRefused:
            return None
