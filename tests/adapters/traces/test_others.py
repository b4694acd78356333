"""What was read of other declarations is left out of the next answer, and no answer says anything else for it."""

import re
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from adapters.traces import others as module
from adapters.traces.certex_v06 import V06
from adapters.traces.information import read_information
from adapters.traces.ledger import STATES, read_ledger
from adapters.traces.others import LONGEST, MOST, WORTH_IT, OtherDeclarations
from gateway.contract import Ledger, Reference, ReferenceKind, Response, UnexpectedAnswer
from tests.adapters.traces.hot import allocation, hot_answer, mrn_of
from tests.adapters.traces.orders import mrn
from tests.adapters.traces.port import PORT, occasion

OFFICE = "FR000001"
OURS = mrn(mrn_of(17))
LAST = mrn(mrn_of(100))
"""All the parts before its own are read together."""
AT = occasion()
ANSWER = hot_answer(100, AT, more=allocation(3, "Consumed") + allocation(17, "Consumed"))
_TAGS = [found.start() for found in re.finditer(rb"<", ANSWER)] + [len(ANSWER)]
_PIECES = (
    b"<ReservedQuantity>", b"</ReservedQuantity>", b"</ConsumedQuantity>", b"<ReservedQuantity/>", b"<!--", b"-->",
    b"<![CDATA[", b"]]>", b"<?p ?>", b"&amp;", b"&lost;", b"<MRN>X</MRN>", b"<LRN/>", b"<a b='", b"'>", b"<a xmlns='u'>", b"</a>",
    b"<p:a/>", b"</c:QuantityManagementSummary>", b"<c:QuantityManagementSummary>", b"\xff", b"\xc3\xa9", b" ",
    allocation(5).encode(), allocation(17).encode(), allocation(200).encode(), allocation(5, "Consumed").encode(),
    allocation(5).replace("<MRN>", "<MRN x='1'>").encode(), allocation(5).replace("<MRN>", "<LRN>X</LRN><MRN>").encode(),
    allocation(5).replace("MRN>", "LRN>").encode(), allocation(5).replace("<MRN>", "<MRN> ").encode(),
)  # fmt: skip

Change = tuple[int, int, bytes]
"""From one tag of the answer up to another further on, something else stands."""


def told(body: bytes, of: Reference = OURS) -> Ledger | str | None:
    try:
        payload = PORT.answer(Response(status=200, body=body), office=OFFICE, occasion=AT)
        return read_ledger(read_information(payload, V06.names).summary, V06.names, of)
    except UnexpectedAnswer as error:
        return str(error)


def changed(changes: Sequence[Change]) -> bytes:
    body, before = [], 0
    for first, further, instead in sorted(changes):
        begin = _TAGS[min(first, len(_TAGS) - 1)]
        if begin >= before:
            body += [ANSWER[before:begin], instead]
            before = _TAGS[min(first + further, len(_TAGS) - 1)]
    return b"".join((*body, ANSWER[before:]))


def experienced(*of: Reference) -> OtherDeclarations:
    """Has read the answer for us, or for those."""
    others = OtherDeclarations(V06.names, STATES)
    for declaration in of or (OURS,):
        others.left_out(ANSWER, declaration)
    return others


def test_only_ones_own_part_and_the_first_are_read_again() -> None:
    others = experienced()
    shorter = others.left_out(ANSWER, OURS)
    assert len(ANSWER) > WORTH_IT > 5 * len(shorter)
    assert [shorter.count(f"<MRN>{mrn_of(number)}<".encode()) for number in (1, 2, 3, 17, 18)] == [1, 0, 1, 2, 0]
    assert told(shorter) == told(ANSWER)
    assert told(others.left_out(ANSWER, mrn(mrn_of(18))), mrn(mrn_of(18))) == told(ANSWER, mrn(mrn_of(18)))


def test_a_local_reference_is_another_declaration_than_the_master_of_that_name() -> None:
    local = Reference(kind=ReferenceKind.LRN, value=OURS.value)
    found = told(experienced().left_out(ANSWER, local), local)
    assert isinstance(found, Ledger)
    assert found.allocations == ()


def test_a_part_that_says_something_else_is_read() -> None:
    more = ANSWER.replace(allocation(18).encode(), allocation(18).replace(mrn_of(18), OURS.value).encode())
    found = told(experienced().left_out(more, OURS))
    assert isinstance(found, Ledger)
    assert [one.quantity.value for one in found.allocations] == [17, 18, 17]


def test_an_answer_with_parts_that_are_not_parsed_is_read_as_it_is() -> None:
    others = experienced()
    declared = b'<?xml version="1.0" encoding="UTF-8"?>' + ANSWER
    assert len(others.left_out(declared, OURS)) < WORTH_IT
    for unparsed in (b"<!-- -->", b"<![CDATA[]]>", b"<?p ?>"):
        body = ANSWER.replace(b"<MRN>", unparsed + b"<MRN>", 1)
        assert others.left_out(body, OURS) == body
        assert told(body) == told(ANSWER)


@pytest.mark.parametrize("nested", ["<ConsumedQuantity/>", "<ReservedQuantity/>"])
def test_a_part_that_holds_another_is_unexpected_however_often_it_was_seen(nested: str) -> None:
    others = experienced()
    body = ANSWER.replace(allocation(18).encode(), allocation(18).replace("<MRN>", f"{nested}<MRN>").encode())
    assert [type(told(others.left_out(body, OURS))) for _ in range(2)] == [str, str]


def test_a_part_that_is_longer_than_any_is_not_remembered() -> None:
    others = experienced()
    long = allocation(18).replace("</MRN>", "</MRN><Remark>" + "x" * LONGEST + "</Remark>").encode()
    body = ANSWER.replace(allocation(18).encode(), long)
    assert [others.left_out(body, OURS).count(long) for _ in range(2)] == [1, 1]
    assert told(body) == told(ANSWER)


def test_what_grows_is_read_from_where_it_was_left_and_whoever_is_in_it_is_told_its_own() -> None:
    others = OtherDeclarations(V06.names, STATES)
    for parts in (90, 180, 270, 360):
        body = hot_answer(parts, AT)
        for number in (parts, 2, parts // 2, parts + 1, parts):
            of = mrn(mrn_of(number))
            shorter = others.left_out(body, of)
            assert told(shorter, of) == told(body, of)
            assert number > parts or told(shorter, of) != told(body, mrn(mrn_of(999)))
        assert len(shorter) < 5_000


@pytest.mark.parametrize("number", [2, 50, 179])
def test_parts_that_are_gone_or_changed_in_the_middle_of_what_was_read_together_are_noticed(number: int) -> None:
    of = mrn(mrn_of(180))
    others = OtherDeclarations(V06.names, STATES)
    body = hot_answer(180, AT)
    gone = body.replace(allocation(number).encode(), b"")
    ours = body.replace(allocation(number).encode(), allocation(number).replace(mrn_of(number), of.value).encode())
    twice = body.replace(allocation(number).encode(), 2 * allocation(number).encode())
    for one in (body, body, gone, ours, twice, body, ours, gone):
        assert told(others.left_out(one, of), of) == told(one, of)
    found = told(others.left_out(ours, of), of)
    assert isinstance(found, Ledger)
    assert [one.quantity.value for one in found.allocations] == [number, 180]


def test_parts_are_forgotten_before_they_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """However few declarations they are of: one may hold thousands of parts."""
    monkeypatch.setattr(module, "MOST", 150)
    others, of = OtherDeclarations(V06.names, STATES), mrn("26FRNOBODY")
    bodies = [re.sub(rb"<MRN>26FR[0-9]+", b"<MRN>26FR%014d" % start, hot_answer(100, AT)) for start in range(10)]
    for body in (*bodies, *bodies):
        assert all(told(others.left_out(body, of), of) == told(body, of) for _ in range(2))
        assert len(others.left_out(body, of)) < len(body)


def test_more_parts_than_are_remembered_are_all_read() -> None:
    others = OtherDeclarations(V06.names, STATES)
    body = hot_answer(MOST + 3, AT)
    assert others.left_out(body, OURS) == body
    for start in range(1, 4):
        # Certificates of which each has its own: together they are more than can be kept.
        other = ANSWER.replace(b"26FR", f"26F{start}".encode())
        assert told(others.left_out(other, OURS)) == told(other)


@pytest.mark.whole
@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(st.integers(0, len(_TAGS)), st.integers(0, 30), st.lists(st.sampled_from(_PIECES), max_size=3).map(b"".join)),
        min_size=1,
        max_size=4,
    )
)  # fmt: skip
@example([(400, 0, b"<!--"), (460, 0, b"-->")])
@example([(400, 0, b"<a b='"), (460, 0, b"'/>")])
@example([(300, 0, b"</c:QuantityManagementSummary>"), (600, 0, b"<c:QuantityManagementSummary>")])
def test_whatever_an_answer_looks_like_it_is_read_as_if_all_of_it_were(changes: Sequence[Change]) -> None:
    body = changed(changes)
    for of in (OURS, LAST):
        whole = told(body, of)
        for others in (experienced(), experienced(LAST, LAST), OtherDeclarations(V06.names, STATES)):
            for shorter in (others.left_out(body, of), others.left_out(body, of)):
                found = told(shorter, of)
                assert isinstance(found, str) is isinstance(whole, str)
                if not isinstance(whole, str):
                    assert found == whole
