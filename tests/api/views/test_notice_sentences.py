"""Notices as sentences: about which declaration, and about which documents."""

from dataclasses import replace

import pytest

from gateway.decisions import decide
from gateway.domain.decision import Effect, NumberedDecision
from gateway.domain.events import GENESIS
from gateway.domain.notice import Notice, NoticedDocument, NoticeKind, PostedNotice
from gateway.domain.record import State, Work
from gateway.domain.verification import DocumentStatus
from gateway.lifecycle.processing.notices import NAMED, notices
from tests.api.views.trail_views import view
from tests.builders.shown import AT
from tests.builders.small_cases import CHED, case, confirmed, declared

ABOUT = (NoticedDocument(type="N853", reference="CHEDP.1", status=DocumentStatus.WITHDRAWN),)


def posted(kind: NoticeKind, *, mrn: str | None = "26FR1", documents: tuple[NoticedDocument, ...] = ()) -> PostedNotice:
    notice = Notice(kind=kind, decision=1, effect=Effect.HOLD, documents=documents)
    return PostedNotice(
        number=1, at=AT, declaration_id="x", lrn="LRN", mrn=mrn, version=1, state=State.DECIDED, notice=notice,
        eoris=frozenset(), mark="x",
    )  # fmt: skip


@pytest.mark.parametrize("language", ["en", "de", "fr"])
@pytest.mark.parametrize("kind", NoticeKind)
def test_each_kind_is_told(language: str, kind: NoticeKind) -> None:
    said = view(language).notice(posted(kind), Effect.HOLD, ())
    assert said.endswith(".")
    assert "26FR1" in said
    assert "LRN" in view(language).notice(posted(kind, mrn=None), None, ())


def test_it_names_the_documents_that_it_is_about() -> None:
    told = view("en").notice(posted(NoticeKind.CHANGED, documents=ABOUT), Effect.HOLD, ABOUT)
    assert told == "26FR1 is decided again: held. N853 CHEDP.1 is withdrawn."


def test_a_decision_that_changed_is_about_what_changed_its_status() -> None:
    made = case(declared(), confirmed())
    gone = case(declared(), confirmed(status=DocumentStatus.WITHDRAWN))
    first, second = (
        NumberedDecision(number=number, version=1, decided_at=AT, decision=decide(one))
        for number, one in ((1, made), (2, gone))
    )
    work = Work(
        id="x", token=1, version=1, event_seq=0, event_head=GENESIS, decisions=1, received_at=AT, accepted_at=AT,
        mrn=None, declaration=made.declaration, officer_verifications=(), last=first, invalidating=False,
    )  # fmt: skip
    (changed,) = notices(work, numbered=second, released=None, state=State.DECIDED)
    (document,) = changed.documents
    assert (document.reference, document.status) == (CHED, DocumentStatus.WITHDRAWN)
    given_up = [confirmed(status=DocumentStatus.PENDING)] * (NAMED + 1)
    (gave_up,) = notices(work, numbered=None, released=None, state=State.DECIDED, given_up=given_up)
    assert [one.status for one in gave_up.documents] == [DocumentStatus.PENDING] * NAMED
    anew = replace(work, last=replace(first, version=0))
    (decided,) = notices(anew, numbered=second, released=None, state=State.DECIDED)
    assert decided.documents == ()
