"""Lists of an answer: whether they may be empty, and whether what holds them may be absent, are two things that the file says."""

import pytest

from gateway.contract import UnexpectedAnswer
from gateway.sandbox.noted_place import noted_place
from tests.dispatch.declarative.soap_office import CONTENT, FILE, LINE, PARTY, enveloped, verified
from tests.dispatch.declarative.timber import ANSWER, MRN, changed, faults, line_of, said
from tests.dispatch.declarative.timber import verified as asked

HELD = changed(('each = "t:line"\noptional = true\n', 'each = "t:lines/t:line"\nempty = true\n'), text=FILE)
OPTIONAL = changed(("empty = true", "optional = true"), text=HELD)
NEITHER = changed(("empty = true\n", ""), text=HELD)


def lines(text: str, container: str) -> int:
    """How many lines are read of an answer with that container."""
    certificate = verified(enveloped(CONTENT.replace(LINE + LINE, container)), text=text).certificate
    assert certificate is not None
    return len(certificate.lines)


@pytest.mark.parametrize(
    ("text", "full", "empty", "lost"),
    [(HELD, True, True, False), (OPTIONAL, True, True, True), (NEITHER, True, False, False)],
    ids=["empty", "optional", "neither"],
)
def test_a_list_may_be_empty_without_its_container_being_absent(text: str, full: bool, empty: bool, lost: bool) -> None:
    for container, permitted, count in (
        (f"<t:lines>{LINE}</t:lines>", full, 1),
        ("<t:lines/>", empty, 0),
        ("", lost, 0),
    ):
        if permitted:
            assert lines(text, container) == count
            continue
        with pytest.raises(UnexpectedAnswer) as found:
            lines(text, container)
        assert noted_place(found.value) == f"authority.toml:{line_of(text, 'each =')}"


def test_a_list_of_texts_may_be_empty_too() -> None:
    named = 'type = { is = "C690" }\nconditions = { path = "t:terms/t:term", empty = true }'
    text = changed(('type = { is = "C690" }', named), text=FILE)
    for terms, read in (("<t:terms><t:term>A</t:term></t:terms>", ("A",)), ("<t:terms/>", ())):
        certificate = verified(enveloped(CONTENT.replace(PARTY, PARTY + terms)), text=text).certificate
        assert certificate is not None
        assert certificate.conditions == read
    with pytest.raises(UnexpectedAnswer):
        verified(enveloped(CONTENT), text=text)


def test_where_it_says_nothing_it_is_refused() -> None:
    for old, new, text in (
        ("empty = true", "empty = true\noptional = true", HELD),
        ('valid_to = { path = "t:until", optional = true }', 'valid_to = { path = "t:until", empty = true }', FILE),
    ):
        spoilt = changed((old, new), text=text)
        assert [line for line, said in faults(spoilt) if "empty" in said] == [line_of(spoilt, "empty = true")]
    json = changed(('each = "$.licence.lines[*]" ', 'empty = true\neach = "$.licence.lines[*]" '))
    ((line, said),) = faults(json)
    assert (line, "may be empty as it is" in said) == (line_of(json, "empty = true"), True)


BOOKINGS = changed(
    ('each = "$.used[*]"', 'each = "$.lines[*]"\nwithin = { each = "$.bookings[*]" }'),
    ('declaration = "$.mrn"', 'declaration = { path = "$.mrn", within = true }'),
)
USED = {"goods_item": 1, "line": 1, "volume": {"value": "5", "unit": "m3"}}


def booked(*bookings: object) -> dict[str, object]:
    """The office's answer, where each declaration is a booking with lines."""
    return said(account={"left": ANSWER["licence"]["account"]["left"], "bookings": list(bookings)})


def test_rows_inside_rows_are_read_with_what_stands_in_the_outer_one() -> None:
    other = MRN[:-1] + "7"
    answer = booked(
        {"mrn": MRN, "lines": [USED, {**USED, "goods_item": 2}]}, {"mrn": other, "lines": [USED]}, {"lines": []}
    )
    ledger = asked(answer, text=BOOKINGS).ledger
    assert ledger is not None
    found = [(one.declaration.value, one.goods_item) for one in ledger.allocations]
    assert found == [(MRN, 1), (MRN, 2), (other, 1)]
    for lost in ({"mrn": MRN}, {"mrn": MRN, "lines": None}, {"lines": [USED]}, {"mrn": None, "lines": [USED]}, None):
        with pytest.raises(UnexpectedAnswer):
            asked(booked(lost), text=BOOKINGS)


def test_elements_inside_elements_are_read_alike() -> None:
    text = changed(
        ('each = "t:line"\noptional = true\n', 'each = "t:line"\nwithin = { each = "t:lot", optional = true }\n'),
        ('commodity_code = "t:code"', 'commodity_code = { path = "t:code", within = true }'),
        text=FILE,
    )
    volume = '<t:line><t:volume unit="MTQ">5</t:volume></t:line>'
    lots = f"<t:lot><t:code>4407</t:code>{volume * 2}</t:lot><t:lot><t:code>4409</t:code>{volume}</t:lot>"
    certificate = verified(enveloped(CONTENT.replace(LINE + LINE, lots)), text=text).certificate
    assert certificate is not None
    read = [(one.number, one.commodity_code) for one in certificate.lines]
    assert read == [(1, "4407"), (2, "4407"), (3, "4409")]
    assert lines(text, "") == 0
    with pytest.raises(UnexpectedAnswer):
        lines(text, "<t:lot><t:code>4407</t:code></t:lot>")
