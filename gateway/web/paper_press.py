"""The press that makes PDFs of pages: beside the serving process, one at a time, and ended where it takes too long."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from contextlib import suppress

import structlog

from gateway.domain.errors import Overloaded, PaperNotMade, PaperNotPossible
from gateway.web import paper_sheet

log = structlog.get_logger(__name__)

_COMMAND = (sys.executable, "-I", paper_sheet.__file__)
_DEADLINE_S = 60.0
_WAITING = 4
"""Papers that are asked for together in one process: one is written, the others wait."""
_ENVIRONMENT = ("PATH", "HOME", "XDG_CACHE_HOME", "FONTCONFIG_PATH", "FONTCONFIG_FILE", "LD_LIBRARY_PATH")
"""What a writer is given of the gateway's environment: none of its secrets."""


class PaperPress:
    """Makes papers of pages, one after the other."""

    def __init__(self, command: Sequence[str] = _COMMAND, deadline_s: float = _DEADLINE_S) -> None:
        self._command = command
        self._deadline_s = deadline_s
        self._asked = 0
        self._turn = asyncio.Lock()

    async def pressed(self, page: bytes) -> bytes:
        """Return a page as a PDF.

        Raises:
            Overloaded: too many are asked for already.
            PaperNotPossible: this gateway has no libraries for it.
            PaperNotMade: it took too long, or too much.
        """
        if self._asked >= _WAITING:
            raise Overloaded("Other papers are being written: ask again when they are done.")
        self._asked += 1
        try:
            async with self._turn:
                return await self._written(page)
        finally:
            self._asked -= 1

    async def _written(self, page: bytes) -> bytes:
        given = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        writer = await asyncio.create_subprocess_exec(
            *self._command, stdin=PIPE, stdout=PIPE, stderr=asyncio.subprocess.DEVNULL, env=given
        )
        try:
            async with asyncio.timeout(self._deadline_s):
                made, _ = await writer.communicate(page)
        except TimeoutError:
            log.warning("paper_not_made", reason="deadline")
            raise PaperNotMade("The paper took too long to write.") from None
        finally:
            await _ended(writer)
        if writer.returncode == paper_sheet.IMPOSSIBLE:
            raise PaperNotPossible
        if writer.returncode != 0 or not made.startswith(b"%PDF-"):
            log.warning("paper_not_made", reason="writer", status=writer.returncode)
            raise PaperNotMade("The paper could not be written.")
        return made


async def _ended(writer: Process) -> None:
    """Make sure that a writer is gone, whoever gave up on it."""
    if writer.returncode is None:
        with suppress(ProcessLookupError):
            writer.kill()
        await asyncio.shield(writer.wait())
