"""The news of an open page: the strip, what is said of it aloud, and in the console the count in the menu."""

import asyncio
import math
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from fastapi.sse import ServerSentEvent

from gateway.web.live_route import event
from gateway.web.menu_count import waiting_for
from gateway.web.open_counts import NO_COUNTS, OpenCounts
from gateway.web.visit import Visit

SAID_EVERY_S = 30.0
"""The least seconds between two news for a screen reader."""


class PageNews:
    """The news of one open page: nothing twice, and of its rows only what it does not show already."""

    def __init__(
        self, visit: Visit, template: str, *, waiting: OpenCounts = NO_COUNTS, said_every_s: float = SAID_EVERY_S
    ) -> None:
        """Take the template of its parts, and what its menu said is waiting.

        `said_every_s`: how often something is said aloud at most; what comes sooner is said later, with whatever is read then.
        """
        self._said_every_s = said_every_s
        self._visit = visit
        self._template = template
        self._waiting = waiting
        self._told = ""
        self._said, self._said_at = "", -math.inf

    async def event(
        self, last: str, sentence: str, *, state: Sequence[str] = (), quiet: bool = False, **parts: Any
    ) -> ServerSentEvent | None:
        """Return what the page does not show yet; None: it shows what stands.

        Args:
            last: the id of the event that the page has.
            sentence: the strip's; empty: there is no news.
            state: what else of what stands the page shows, for comparison.
            quiet: whether there is something that changes by the clock alone, and so is no news.
            parts: what the template is filled with besides.
        """
        waiting = (await waiting_for(self._visit)).counts
        told = sha256("\n".join((sentence, str(waiting), *state)).encode()).hexdigest()
        is_as_loaded = not last and not self._told and not sentence and not state and waiting == self._waiting
        is_known = is_as_loaded or told == (self._told or last)
        if is_known and not self._told:
            # The page showed it, and said it, before its stream began anew.
            self._said = sentence
        say = self._to_be_said(sentence)
        self._told = told
        if is_known and say is None and not quiet:
            return None
        html = self._visit.templates.render(
            self._template, is_known=is_known, sentence=sentence, say=say, waiting=waiting, **parts
        )
        return event(html, None if is_known else told)

    def _to_be_said(self, sentence: str) -> str | None:
        """Return what is said aloud now; None: nothing, since it was said or something was a moment ago."""
        now = asyncio.get_running_loop().time()
        if sentence == self._said or now < self._said_at + self._said_every_s:
            return None
        self._said, self._said_at = sentence, now
        return sentence
