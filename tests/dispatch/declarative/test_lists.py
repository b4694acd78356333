"""Lists of an answer: whether they may be empty, and whether what holds them may be absent, are two things that the file says."""

import pytest

from gateway.contract import UnexpectedAnswer
from gateway.sandbox.noted_place import noted_place
from tests.dispatch.declarative.soap_office import CONTENT, FILE, LINE, PARTY, enveloped, verified
from tests.dispatch.declarative.timber import changed, faults, line_of

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
