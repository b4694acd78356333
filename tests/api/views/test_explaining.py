"""What an explanation tells whom, as data and in words."""

import json
from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs

from gateway.domain.decision import Effect, Mode
from gateway.domain.facts import Facts
from gateway.domain.record import OfficerVerification
from gateway.domain.verification import DocumentStatus, VerifiedBy
from gateway.history.explain import Again
from tests.builders.shown import ANSWER, AT, EVIDENCE, HELD, OFFICER, TRADER, WORD, explained, finding, record, shown_to
from tests.builders.story import shipped


def sentences(page: Any) -> str:
    """The words of a page."""
    return "\n".join(one for section in page["told"] for paragraph in section["paragraphs"] for one in paragraph)


def test_an_officer_is_told_everything_that_the_decision_stands_on() -> None:
    page = shown_to(OFFICER)
    (document,) = page["documents"]
    (answer,) = document["answers"]
    assert answer["evidence"] == [EVIDENCE]
    assert answer["message_ids"] == ["the-handle"]
    assert answer["record"]["status"] == "41"
    assert answer["left"] == [{"line": 1, "available": "12.50", "unit": "KGM"}]
    assert document["authority_name"] == "the border control post"
    assert document["system_name"] == "TRACES"
    assert {f["mode"] for f in document["findings"]} == {"active", "shadow"}
    assert document["findings"][0]["rules"][0]["name"] == "document_type"
    assert page["rows"] == [
        {
            "table": "status",
            "place": "answers.toml:11",
            "keys": [["refused"]],
            "source": "somewhere",
            "valid_from": "2016-05-01",
            "valid_to": None,
        }
    ]
    assert page["again"]["outcome"] == "same"
    assert page["trader"]["softened"] is True
    said = sentences(page)
    for one in (
        "TRACES was asked about it; the answer of 2026-11-01 08:30:00 UTC is: refused.",
        f"Evidence: {EVIDENCE}.",
        "Message ids: the-handle.",
        "line 1: 12.50 KGM",
        "Goods item 1 is refused, because of SW-DEC-040: The certificate was rejected.",
        "The declaration takes the gravest effect of its goods items and documents: refuse.",
        "1 finding in shadow mode would have had the effect hold; it was not counted.",
        "The trader is told: held.",
        "answers.toml:11: which finding a status gives, asked for refused. In force since 2016-05-01; source: somewhere",
        "under the same tables, the decision comes out the same.",
    ):
        assert one in said, one
    assert "26FR9" not in json.dumps(page), "who holds the rest is not told here"


@pytest.mark.parametrize("confirmed", [False, True])
def test_a_trader_is_told_nothing_that_is_not_a_trader_s(confirmed: bool) -> None:
    officer_s_word = OfficerVerification(
        type="N853",
        reference="CHEDP.FR.2026.1",
        outcome=DocumentStatus.VALID,
        means="paper",
        reason="seen",
        officer="martin",
        at=AT,
    )
    by_hand = replace(explained(record(confirmed=confirmed)), officers=(officer_s_word,))
    page = shown_to(TRADER, by_hand)
    raw = json.dumps(page)
    for hidden in (EVIDENCE, "the-handle", "26FR9", "FR9", "answers.toml", "martin", '"mode": "shadow"', "12.50"):
        assert hidden not in raw, hidden
    assert (page["trader"], page["rows"], page["again"]) == (None, None, None)
    assert page["won"]["shadow"] == []
    said = sentences(page)
    assert "in shadow mode" not in said
    told_refused = "Goods item 1 is refused" in said
    assert told_refused is confirmed
    assert ('"refuse"' in raw) is confirmed
    assert ("SW-DEC-040" in raw) is confirmed
    if not confirmed:
        assert f"Goods item 1 is held, because of {HELD.code}: {HELD.message}" in said


def test_an_officer_s_word_is_told_with_who_gave_it() -> None:
    word = OfficerVerification(
        type="N853", reference="CHEDP.FR.2026.1", outcome=DocumentStatus.VALID, means="telephone", reason="read out",
        officer="martin", second_officer="dupont", at=AT,
    )  # fmt: skip
    made = explained().made
    assert made is not None
    by_hand = replace(made, answers=({**ANSWER, "verified_by": "officer", "status": "valid", "evidence": []},))
    facts = Facts(verifications=(structs.replace(WORD, verified_by=VerifiedBy.OFFICER, certificate=None, ledger=None),))
    page = shown_to(OFFICER, explained(made=by_hand, officers=(word,), facts=facts))
    assert page["documents"][0]["answers"][0]["officer"]["second_officer"] == "dupont"
    assert "The officers are martin and dupont, by this means: telephone; the reason given: read out." in sentences(
        page
    )


@pytest.mark.parametrize(
    ("again", "digest", "said"),
    [
        (Again.SAME, "sha256:01", "under them, too, the decision comes out the same"),
        (Again.DIFFERENT, "sha256:01", "under them the decision would be another one"),
        (Again.DIFFERENT, "sha256:00", "a fault of the gateway"),
        (Again.NOT_ASKED, "sha256:01", "ask about a document that nobody was asked about then"),
        (Again.ANSWERS_ERASED, "sha256:00", "The answers were erased"),
        (Again.ANSWERS_CHANGED, "sha256:00", "somebody changed them"),
        (Again.DECLARATION_ERASED, "sha256:00", "The declaration was erased"),
    ],
)
def test_what_deciding_once_more_came_to_is_said_honestly(again: Again, digest: str, said: str) -> None:
    tables = replace(shipped(), digest=digest)
    erased = again in {Again.ANSWERS_ERASED, Again.ANSWERS_CHANGED, Again.DECLARATION_ERASED}
    found = explained(again=again, tables=tables)
    if again is not Again.SAME:
        found = replace(found, grounds=None)
    page = shown_to(OFFICER, replace(found, facts=None) if erased else found)
    assert said in sentences(page)
    assert (page["rows"] is None) is (again is not Again.SAME)
    assert page["documents"][0]["answers"][0]["evidence"] == [EVIDENCE], "what the trail tells is told all the same"


def test_before_a_decision_that_is_what_is_said() -> None:
    page = shown_to(
        OFFICER, replace(explained(), record=replace(record(), decision=None), made=None, again=None, grounds=None)
    )
    assert sentences(page) == "Nothing is decided about version 1 yet."
    assert page["won"] is None


def test_items_alike_are_told_together() -> None:
    shown = record()
    assert shown.decision is not None
    whole = shown.decision.decision
    several = replace(
        whole,
        documents=(),
        items=tuple(structs.replace(whole.items[0], goods_item=number, effect=Effect.REFUSE if number != 5 else Effect.RELEASE)
                    for number in (1, 2, 3, 5, 7)),
        findings=(
            *(replace(finding(Effect.REFUSE), goods_item=n, document=None) for n in (1, 2, 3, 7)),
            replace(finding(Effect.HOLD, Mode.SHADOW), goods_item=5),
        ),
    )  # fmt: skip
    page = shown_to(OFFICER, explained(replace(shown, decision=replace(shown.decision, decision=several))))
    said = sentences(page)
    assert "Goods items 1 - 3, 7 are refused, because of SW-DEC-040: The certificate was rejected." in said
    assert "Nothing stands against goods item 5." in said
