"""What only follows from something else is no cause of its own."""

from dataclasses import replace

from gateway.web.console.case_causes import CaseStopper, following

REFUSED = CaseStopper(
    kind="refuse",
    message="Refused.",
    where="",
    turn="officer",
    remedy="",
    again="",
    why="",
    has_quantity=False,
    code="SW-DEC-023",
    items=frozenset({1, 2}),
)
NOT_RESERVED = replace(
    REFUSED, kind="undetermined", message="Not reserved.", code="SW-DEC-112", items=frozenset({1}), turn="nobody"
)


def test_what_is_not_reserved_for_refused_goods_follows_from_the_refusal() -> None:
    assert following([REFUSED, NOT_RESERVED]) == {NOT_RESERVED: REFUSED}
    both = replace(NOT_RESERVED, items=frozenset({1, 2}))
    assert following([both, REFUSED]) == {both: REFUSED}


def test_a_refusal_of_the_whole_declaration_is_the_cause_of_all() -> None:
    whole = replace(REFUSED, items=frozenset())
    assert following([NOT_RESERVED, whole]) == {NOT_RESERVED: whole}


def test_what_is_not_reserved_for_another_reason_is_a_cause_of_its_own() -> None:
    held = replace(REFUSED, kind="hold")
    partly = replace(NOT_RESERVED, items=frozenset({2, 3}))
    nowhere = replace(NOT_RESERVED, items=frozenset())
    assert following([held, NOT_RESERVED]) == {}
    assert following([REFUSED, partly, nowhere]) == {}
