"""The lines of a file around what is said of them; nothing runs here."""

from gateway.web.portal.file_lines import Remark, file_lines


def said(*numbers: int | None) -> list[Remark]:
    return [Remark(line=number, message="A fault.", small="SW-INT-005") for number in numbers]


def spans(content: str, *numbers: int | None) -> list[tuple[int, int, bool]]:
    return [(one.first, one.last, one.is_folded) for one in file_lines(content.encode(), said(*numbers)).stretches]


LINES = "\n".join(f"line {number}" for number in range(1, 41))


def test_two_lines_stand_around_each_and_the_rest_is_folded() -> None:
    assert spans(LINES, 10, 30) == [(1, 7, True), (8, 12, False), (13, 27, True), (28, 32, False), (33, 40, True)]


def test_short_stretches_are_not_folded() -> None:
    assert spans(LINES, 5, 13) == [(1, 15, False), (16, 40, True)]
    assert spans(LINES, 38) == [(1, 35, True), (36, 40, False)]
    assert spans(LINES, 1) == [(1, 3, False), (4, 40, True)]


def test_what_is_said_of_no_line_folds_all_of_it() -> None:
    assert spans(LINES, None) == [(1, 40, True)]
    assert spans("", 1) == [(1, 1, False)]


def test_a_line_that_is_not_there_is_the_last_one() -> None:
    assert spans("one\ntwo", 900) == [(1, 2, False)]


def test_many_lines_are_only_numbered_and_long_ones_cut() -> None:
    found = file_lines(b"x" * 10_000 + b"\r\n" * 100_000 + "\u202e".encode(), said(1))
    assert found.count == 100_001
    assert [len(one.lines) for one in found.stretches] == [3, 0]
    assert len(found.stretches[0].lines[0].text) < 1_100


def test_utf_16_and_what_is_no_text_are_lines_too() -> None:
    assert file_lines("a\nb".encode("utf-16"), said(2)).stretches[0].lines[1].text == "b"
    assert file_lines(b"\xff\x00", said(1)).count == 1
