"""The stream of a trader's open declaration: whether their projection reads otherwise than the page that shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from fastapi.sse import ServerSentEvent
from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Caller
from gateway.domain.codec import decode, encode
from gateway.domain.declaration_name import DeclarationName
from gateway.domain.errors import CallInvalid
from gateway.domain.record import Record
from gateway.domain.subject import Room
from gateway.web.context import WebContext
from gateway.web.live_route import declaration_stream, live_route
from gateway.web.page_news import PageNews
from gateway.web.portal.address import DECLARATIONS, declaration_address, must_be_known
from gateway.web.visit import Visit

_LONGEST_NUMBER, _DIGITS = 4, 32


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDeclaration:
    """The state of a declaration that a page shows its trader: in their count of decisions, and nothing besides."""

    version: int
    decision: int
    """0: none is told."""
    digest: str
    """The digest of all that the trader may read: two that read the same have the same."""

    @classmethod
    def of(cls, declared: Mapping[str, Any]) -> "ShownDeclaration":
        """Return what is shown of a declaration as the API writes it for its trader."""
        decision = declared["decision"]
        return cls(
            version=declared["version"],
            decision=0 if decision is None else decision["number"],
            digest=sha256(encode(declared)).hexdigest()[:_DIGITS],
        )


def register(app: Starlette, web: WebContext) -> None:
    """Serve the streams of declarations."""
    live_route(app, web, f"{DECLARATIONS}/{{id}}/live", _live, room=Room.PORTAL)


def live_address(visit: Visit, declared: Mapping[str, Any]) -> str:
    """Return the address of the stream, which begins at what the page shows, in the language of the page."""
    shown = ShownDeclaration.of(declared)
    asked = {"version": shown.version, "decision": shown.decision, "shown": shown.digest, "lang": visit.language}
    return f"{declaration_address(declared['id'])}/live?{urlencode(asked)}"


async def _live(visit: Visit) -> Response:
    shown = _asked(visit)
    name = DeclarationName.of_text(visit.request.path_params["id"])
    # Said with the news, never later: what is put off would be said at the next change, also at one that is not told.
    news = PageNews(visit, "portal/live/declaration.html", said_every_s=0)
    cases = visit.web.cases
    wording = cases.wording([visit.language])

    async def told(last: str, caller: Caller, record: Record) -> ServerSentEvent | None:
        now = ShownDeclaration.of(decode(await cases.declaration(record, caller, wording), dict))
        sentence, link_text = _sentence(visit, now, shown)
        return await news.event(last, sentence, link=declaration_address(record.id), link_text=link_text)

    return await declaration_stream(visit, name, told)


def _asked(visit: Visit) -> ShownDeclaration:
    """Return what the page shows.

    Raises:
        CallInvalid: it has a parameter that there is not, or one that is none that a page has.
    """
    must_be_known(visit, "version", "decision", "shown")
    version, decision, digest = visit.asked("version"), visit.asked("decision"), visit.asked("shown")
    for number in (version, decision):
        if not (number.isascii() and number.isdecimal() and len(number) <= _LONGEST_NUMBER):
            raise CallInvalid("version, decision: a number is needed.")
    if len(digest) != _DIGITS or set(digest) - set("0123456789abcdef"):
        raise CallInvalid("shown: it is the one of the page.")
    return ShownDeclaration(version=int(version), decision=int(decision), digest=digest)


def _sentence(visit: Visit, now: ShownDeclaration, shown: ShownDeclaration) -> tuple[str, str]:
    """Return what is newer than the page, with the text of its link; empty: nothing that the trader reads."""
    if now.version > shown.version:
        text = visit.text("live.version", version=now.version, shown=shown.version)
        return text, visit.text("case.show_version", version=now.version)
    if now.decision > shown.decision:
        link = visit.text("case.show_decision", number=now.decision)
        if not shown.decision:
            return visit.text("live.first_decision", number=now.decision), link
        return visit.text("live.decision", number=now.decision, shown=shown.decision), link
    if now.digest != shown.digest:
        return visit.text("live.reads_otherwise"), visit.text("live.show")
    return "", ""
