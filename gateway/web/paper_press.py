"""The press that makes PDFs of pages: beside the serving process, one at a time, and ended where it takes too long."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from contextlib import suppress

import structlog

from gateway.api.problems import Later
from gateway.domain.errors import Overloaded, PaperNotMade, PaperNotPossible
from gateway.resources import Resource, Shortage
from gateway.web import paper_sheet

log = structlog.get_logger(__name__)

_COMMAND = (sys.executable, "-I", paper_sheet.__file__)
_DEADLINE_S = 60.0
_ASKED = 8
"""Papers that are asked for together in one process, by as many clients: one is written, the others wait."""
_AGAIN_S = 10.0
"""The seconds after which a client asks again whose paper is being written: most are done by then."""
_ENVIRONMENT = ("PATH", "HOME", "XDG_CACHE_HOME", "FONTCONFIG_PATH", "FONTCONFIG_FILE", "LD_LIBRARY_PATH")
"""The variables of the gateway's environment that a writer is given: none of its secrets."""


class PaperPress:
    """Makes papers of pages, one after the other."""

    def __init__(self, command: Sequence[str] = _COMMAND, deadline_s: float = _DEADLINE_S) -> None:
        self._command = command
        self._deadline_s = deadline_s
        self._asked = Resource("papers", _ASKED, share=1)
        self._turn = asyncio.Lock()

    async def pressed(self, page: bytes, *, client: str) -> bytes:
        """Return a page as a PDF, for a client.

        Raises:
            Later: the client has asked for one already that is not done.
            Overloaded: too many are asked for already.
            PaperNotPossible: this gateway has no libraries for it.
            PaperNotMade: it took too long, or too much.
        """
        match self._asked.take(client):
            case Shortage.OWN:
                raise Later(_AGAIN_S, "A paper of yours is being written: ask again when it is done.")
            case Shortage.ALL:
                raise Overloaded("Other papers are being written: ask again when they are done.")
        try:
            async with self._turn:
                return await self._written(page)
        finally:
            self._asked.put_back(client)

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
    """Make sure that a writer is gone after its caller gave up."""
    if writer.returncode is None:
        with suppress(ProcessLookupError):
            writer.kill()
        await asyncio.shield(writer.wait())
