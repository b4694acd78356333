"""The view of events as sentences, with who acted and the messages that each cites."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from gateway.access import Caller
from gateway.api.views.declaration import location
from gateway.api.views.explanation_texts import ExplanationTexts
from gateway.api.views.trail_texts import TrailTexts
from gateway.domain.acts import Act
from gateway.domain.decision import Effect
from gateway.domain.events import EventKind, SealedEvent
from gateway.domain.notice import NoticedDocument, PostedNotice
from gateway.domain.record import Record
from gateway.history.messages import cited_in

NAMED = 5
"""Documents, orders and goods items that one sentence names, at most."""

Body = Mapping[str, Any]
Params = Mapping[str, str]


class TrailView:
    """The sentences about events, in one language."""

    def __init__(self, texts: TrailTexts, words: ExplanationTexts) -> None:
        self.texts = texts
        self.words = words

    def sentence(self, event: SealedEvent) -> str:
        """Return what an event says to customs; what it does not say stands as `-`."""
        body = event.body()
        say = _SAYS.get(event.kind, _as_it_stands)
        params = say(body, self)
        told = self.texts.text(
            "event",
            event.kind.value,
            **{name: params.get(name) or "-" for name in self.texts.parameters("event", event.kind.value)},
        )
        because = [self.texts.term("because", one) for one in body.get("because", ())]
        return " ".join((told, *because))

    def plain(self, event: SealedEvent) -> str:
        """Return what an event says to a party: that it happened."""
        return self.texts.term("plain", event.kind.value)

    def document(self, one: Body) -> str:
        """Name the document that a part of an event's body is about."""
        return self.texts.document(str(one.get("type", "-")), str(one.get("reference", "")))

    def notice(self, posted: PostedNotice, effect: Effect | None, about_documents: Iterable[NoticedDocument]) -> str:
        """Return what a notice says, with the effect and the documents that its reader may see."""
        standing = "-" if effect is None else self.words.term("standing", effect)
        about = {"declaration": posted.mrn or posted.lrn, "effect": standing}
        kind = posted.notice.kind.value if posted.notice.released is not False else "release_refused"
        told = self.texts.text("notice", kind, **about)
        documents = (
            self.texts.text(
                "notice",
                "about",
                document=self.texts.document(one.type, one.reference),
                status=self.words.term("status", one.status),
            )
            for one in about_documents
        )
        return " ".join((told, *documents))

    def listed(self, parts: Iterable[str]) -> str:
        """List parts, the first few of many."""
        found = list(parts)
        named = found[:NAMED]
        if len(found) > NAMED:
            named.append(self.texts.text("phrase", "more", count=len(found) - NAMED))
        return "; ".join(named) or self.texts.text("phrase", "none")

    def answers(self, documents: Iterable[Body]) -> str:
        """List documents with their statuses."""
        return self.listed(
            self.texts.text(
                "phrase",
                "answer",
                document=self.document(one),
                status=self.words.term("status", str(one.get("status") or "undetermined")),
            )
            for one in documents
        )

    def goods(self, body: Body) -> str:
        """Name the goods of a release."""
        items = [str(one["goods_item"]) for one in body.get("items") or ()]
        if body.get("whole") or not items:
            return self.texts.text("phrase", "whole")
        more = len(items) - NAMED
        numbers = ", ".join(items[:NAMED]) + (f" {self.texts.text('phrase', 'more', count=more)}" if more > 0 else "")
        return self.texts.text("phrase", "items", items=numbers)


def told(
    view: TrailView, record: Record, caller: Caller, acts: Iterable[Act] | None
) -> Callable[[SealedEvent], Mapping[str, Any]]:
    """Return a function that shows an event of a declaration: its sentence, who acted, and links to the messages that it cites.

    A party reads that something happened, and nothing of how or by whom.
    """
    if caller.sees_as_trader:
        return lambda event: {"sentence": view.plain(event)}
    by_event = {act.seq: act for act in acts or ()}
    here = f"{location(record.id)}/evidence"

    def tell(event: SealedEvent) -> Mapping[str, Any]:
        act = by_event.get(event.seq)
        return {
            "sentence": view.sentence(event),
            "actor": None if act is None else act.by,
            "second": None if act is None else act.second,
            "evidence": [f"{here}/{digest}" for digest in cited_in(event)],
        }

    return tell


def _as_it_stands(body: Body, _view: TrailView) -> Params:
    return {name: str(value) for name, value in body.items() if isinstance(value, str | int)}


def _about_document(body: Body, view: TrailView) -> Params:
    status = body.get("outcome") or body.get("status")
    return {
        "document": view.document(body),
        "status": view.words.term("status", str(status or "undetermined")),
        "order": view.words.term("order", str(body.get("kind", "-"))),
        "window": str(body.get("window", "-")),
    }


def _answers(body: Body, view: TrailView) -> Params:
    return {"answers": view.answers(body.get("documents") or ())}


def _decided(body: Body, view: TrailView) -> Params:
    return {"number": str(body["number"]), "effect": view.words.term("standing", body["effect"])}


def _goods(body: Body, view: TrailView) -> Params:
    return {"goods": view.goods(body)}


def _planned(body: Body, view: TrailView) -> Params:
    orders = (
        view.texts.text(
            "phrase", "order", document=view.document(one), kind=view.words.term("order", str(one.get("kind", "-")))
        )
        for one in body.get("movements") or ()
    )
    return {"orders": view.listed(orders)}


def _became(body: Body, view: TrailView) -> Params:
    orders = (
        view.texts.text(
            "phrase",
            "became",
            document=view.document(one),
            kind=view.words.term("order", str(one.get("kind", "-"))),
            state=view.words.term("state", str(one.get("state", "-"))),
        )
        for one in body.get("movements") or ()
    )
    return {"orders": view.listed(orders)}


def _intervened(body: Body, view: TrailView) -> Params:
    moved = (
        view.texts.text(
            "phrase",
            "moved",
            document=view.document(one),
            movement=view.words.term("movement", str(one.get("movement", "-"))),
        )
        for one in body.get("documents") or ()
    )
    return {"moved": view.listed(moved)}


def _reported(body: Body, view: TrailView) -> Params:
    reports = (
        view.texts.text("phrase", "reported", document=view.document(one), authority=str(one.get("authority", "-")))
        for one in body.get("reports") or ()
    )
    return {"reports": view.listed(reports)}


def _coded(section: str, member: str, param: str) -> Callable[[Body, TrailView], Params]:
    """Return a function that names the code of a member of an event's body."""

    def say(body: Body, view: TrailView) -> Params:
        return {param: view.texts.term(section, str(body.get(member, "-")))}

    return say


_SAYS: Mapping[EventKind, Callable[[Body, TrailView], Params]] = MappingProxyType(
    {
        EventKind.VERIFIED_BY_OFFICER: _about_document,
        EventKind.DOCUMENTS_VERIFIED: _answers,
        EventKind.DECIDED: _decided,
        EventKind.ALERTED: _answers,
        EventKind.GAVE_UP: _answers,
        EventKind.RELEASE_RECEIVED: _goods,
        EventKind.INTERVENTION_RECEIVED: _about_document,
        EventKind.REPORTED_OTHERWISE: _about_document,
        EventKind.QUANTITY_PLANNED: _planned,
        EventKind.QUANTITY_SETTLED: _became,
        EventKind.QUANTITY_DIFFERED: _became,
        EventKind.RELEASED: _goods,
        EventKind.RELEASE_REPORTED: _reported,
        EventKind.REPORT_DELAYED: _reported,
        EventKind.INTERVENED: _intervened,
        EventKind.APPLICATION_RECEIVED: _coded("application", "kind", "application"),
        EventKind.APPLICATION_GRANTED: _coded("application", "kind", "application"),
        EventKind.CONTINGENCY_VERIFIED: _about_document,
        EventKind.ERASED: _coded("erased", "what", "what"),
        EventKind.APPROVAL_ASKED: _coded("approval", "kind", "approval"),
        EventKind.APPROVAL_ENDED: _coded("outcome", "outcome", "outcome"),
    }
)
"""The values that fill the sentence of each kind of event; of the others the members of their bodies."""
