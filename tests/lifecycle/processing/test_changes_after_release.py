"""Each further word of an authority after release is told once: another status, another record; never the same word twice."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec import structs

from gateway.decisions import decide
from gateway.domain.codec import encode
from gateway.domain.decision import NumberedDecision
from gateway.domain.facts import Facts, KnownBefore, known_after, once_released, read_facts
from gateway.domain.record import Work
from gateway.domain.release import Released
from gateway.domain.verification import DocumentStatus, Verification
from gateway.lifecycle.processing.notices import alerts
from tests.builders.small_cases import CHED, case, confirmed, declared

AT = datetime(2026, 11, 25, tzinfo=UTC)
WHOLE = Released(whole=True, items=(), at=AT)
STATUS = {"withdrawn": "64", "refused": "41", "pending": "42"}


def said(word: str) -> Verification:
    """`valid`, `valid:to FR` (confirmed with another content), `withdrawn`, `undetermined`, ..."""
    status, _, content = word.partition(":")
    if status == "undetermined":
        return Verification(
            type="N853", reference=CHED, status=DocumentStatus(status), adapter="traces", cause="SW-ADP-01"
        )
    record: dict[str, Any] = {"authority_status": STATUS.get(status, "70")}
    if content:
        record["holder"] = content
    return confirmed(status=DocumentStatus(status), certificate=record)


class Looks:
    """Looks at a declaration one after the other, each with what the one before knew, as it is stored."""

    def __init__(self, released: Released = WHOLE) -> None:
        self.released = released
        self.known: tuple[KnownBefore, ...] = ()
        self.last: NumberedDecision | None = None

    def look(self, word: Verification, *, released: bool = True) -> list[str]:
        """Gives what customs is alerted of, if it is a new decision."""
        whole = released and self.released.whole
        before = tuple(once_released(one, whole=whole) for one in self.known) if released else ()
        decision = decide(case(None, word, released=released, partly=released and not whole, before=before))
        facts = encode(Facts(verifications=(word,), released=released, partly=released and not whole, before=before))
        self.known = tuple(known_after(read_facts(facts)))
        numbered = None
        if self.last is None or not self.last.decision.means_the_same(decision):
            number = self.last.number + 1 if self.last is not None else 1
            numbered = NumberedDecision(number=number, version=1, decided_at=AT, decision=decision)
        found = alerts(work(self.last, self.released if released else None), numbered, None)
        self.last = numbered or self.last
        return [finding.message for finding in found]


def work(last: NumberedDecision | None, released: Released | None) -> Work:
    return Work(
        id="", token=1, version=1, event_seq=1, event_head="", decisions=1, received_at=AT, accepted_at=AT, mrn=None,
        declaration=declared(), officer_verifications=(), last=last, invalidating=False, released=released,
    )  # fmt: skip


def told(words: Sequence[str], released: Released = WHOLE) -> list[list[str]]:
    """What each look alerts of; the first one is before the release."""
    looks = Looks(released)
    assert looks.look(said(words[0]), released=False) == []
    return [looks.look(said(word)) for word in words[1:]]


@pytest.mark.parametrize(
    ("words", "alerted"),
    [
        ("valid valid withdrawn withdrawn refused refused", "0 1 0 1 0"),
        ("valid valid:A valid:A valid:B valid:B valid:A", "1 0 1 0 1"),
        ("valid withdrawn undetermined withdrawn", "1 0 0"),
        ("valid valid:A undetermined valid:A valid:B", "1 0 0 1"),
        ("valid withdrawn valid withdrawn", "1 0 1"),
        ("valid expired expired", "0 0"),
        ("pending valid valid:A valid:B", "0 1 1"),
        ("pending refused withdrawn", "1 1"),
        ("undetermined valid withdrawn", "0 1"),
        ("valid undetermined", "0"),
    ],
)
def test_each_further_word_is_told_once(words: str, alerted: str) -> None:
    found = told(words.split())
    assert [len(messages) for messages in found] == [int(one) for one in alerted.split()]


def test_what_is_told_counts_the_changes() -> None:
    first, second, third = (
        message for messages in told(["valid", "withdrawn", "valid:A", "valid:B"]) for message in messages
    )
    assert first.endswith("since the goods were released (cancelled or withdrawn).")
    assert second.endswith("(confirmed with another content; change 2 since then).")
    assert third.endswith("(confirmed with another content; change 3 since then).")


def test_a_document_of_goods_that_are_out_in_part_is_told_of_as_well() -> None:
    part = replace(WHOLE, whole=False)
    found = told(["valid", "valid:A", "valid:A", "valid:B", "withdrawn", "withdrawn", "valid:B", "valid"], part)
    assert [len(messages) for messages in found] == [1, 0, 1, 1, 0, 1, 0]


@pytest.mark.parametrize("alter", [{"params": None}, {"message": "other words"}], ids=["without-params", "reworded"])
def test_what_was_told_in_other_words_of_the_catalogue_is_not_told_again(alter: dict[str, Any]) -> None:
    looks = Looks()
    looks.look(said("valid"), released=False)
    assert len(looks.look(said("withdrawn"))) == 1
    assert looks.last is not None
    findings = tuple(replace(one, **alter) for one in looks.last.decision.findings)
    looks.last = replace(looks.last, decision=replace(looks.last.decision, findings=findings))
    # As an earlier version stored it: without a count.
    looks.known = tuple(structs.replace(one, said=None, changes=0) for one in looks.known)
    assert looks.look(said("withdrawn")) == []
