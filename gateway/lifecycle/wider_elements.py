"""The wider elements of lodged declarations: stored once every replica knows them, and compared with what was stored without them."""

from collections.abc import Awaitable, Callable

import structlog

from gateway.domain.amendment import followed
from gateway.domain.codec import content_digest
from gateway.domain.declaration import Declaration, MessageKind
from gateway.domain.errors import DeclarationRefused
from gateway.store import Store

_MOST_MESSAGES = 50
"""Partial messages in a row that are read again."""

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

        Then its messages are read again; where one is erased or not read any more, the rest alone is compared, and the log says so.
        """
        stored = await self._store.declarations.digest(record_id, version)
        if stored == content_digest(stated):
            return True
        if stored != content_digest(stated.without_wider()):
            return False
        before = await self._stated(record_id, version, stored)
        if before is None:
            log.warning("wider_not_compared", declaration=record_id, version=version)
            return True
        return content_digest(before) == content_digest(stated)

    async def restored(self, record_id: str, current: Declaration) -> Declaration:
        """Return a stored version with the wider elements that its messages state, where it was stored without any.

        A partial amendment is laid over it: what it leaves alone must not be lost. Where a message is erased, it is as it is stored.
        """
        if not self._store.writes_wider or current.without_wider() is not current:
            return current
        return await self._stated(record_id, current.version, content_digest(current)) or current

    async def _stated(self, record_id: str, version: int, stored: str) -> Declaration | None:
        """Return the whole of what the messages up to a version state, if its content without wider elements is the stored one.

        None: a message is erased or not read any more, or there are more than `_MOST_MESSAGES`.
        """
        changes: list[Declaration] = []
        whole: Declaration | None = None
        while whole is None:
            read = await self._message(record_id, version - len(changes)) if len(changes) < _MOST_MESSAGES else None
            if read is None:
                return None
            if read.message is MessageKind.LODGE:
                whole = read
            else:
                changes.append(read)
        for change in reversed(changes):
            whole = followed(whole, change)
        return whole if content_digest(whole.without_wider()) == stored else None

    async def _message(self, record_id: str, version: int) -> Declaration | None:
        raw = await self._store.declarations.message(record_id, version)
        try:
            return await self._read(raw) if raw is not None else None
        except DeclarationRefused:
            return None
