"""The strict readers that the contract gives to adapters."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from zoneinfo import ZoneInfo

import pytest

from gateway.contract import (
    Allocation,
    AllocationState,
    Answer,
    Certificate,
    CertificateLine,
    Ledger,
    LedgerLine,
    Quantity,
    Reference,
    ReferenceKind,
    RequestRejected,
    Status,
    UnexpectedAnswer,
)
from gateway.contract.reading import day_of, make_sure_it_has_no_part, read_codes, read_json, same_number
from gateway.contract.xml import read_xml

ROW = '[[status]]\ncode = "{code}"\nmeans = "{means}"\nvalid_from = {first}\nsource = "test"\n'


def rows(*given: tuple[str, str, str]) -> str:
    return "".join(ROW.format(code=code, means=means, first=first) for code, means, first in given)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("A.1", "a.1", True),
        ("A 1", " a1\t", True),
        ("A.1", "A1", False),
        ("K1", "\u212a1", False),
        ("0001", "1", False),
        ("stra\u00dfe", "STRASSE", False),
    ],
)
def test_numbers_are_the_same_but_for_blanks_and_case(one: str, other: str, same: bool) -> None:
    assert same_number(one, other) is same


def test_a_value_reads_as_what_it_is() -> None:
    record = read_json(b'{"t": "x", "n": 7, "d": "2026-02-28", "q": {"value": "0.500", "unit": "KGM"}, "none": null}')
    assert (record.text("t"), record.count("n"), record.day("d")) == ("x", 7, date(2026, 2, 28))
    assert record.quantity("q").value == Decimal("0.500")
    assert record.optional(record.day, "none") is None
    assert "t" in record
    assert "z" not in record


def test_absent_is_not_null() -> None:
    record = read_json(b"{}")
    with pytest.raises(UnexpectedAnswer, match="missing"):
        record.optional(record.day, "valid_to")


@pytest.mark.parametrize("value", [b"true", b"1.0", b"0", b"-1", b"1000000", b'"1"', b"null"])
def test_a_number_is_a_whole_one_above_zero(value: bytes) -> None:
    with pytest.raises(UnexpectedAnswer):
        read_json(b'{"n": %s}' % value).count("n")


@pytest.mark.parametrize(
    "value", [b'"\\u0661"', b'"1e3"', b'"1_0"', b'" 1"', b'"NaN"', b'"1."', b'".5"', b'"1,5"', b"1"]
)
def test_an_amount_is_plain_digits(value: bytes) -> None:
    with pytest.raises(UnexpectedAnswer):
        read_json(b'{"a": %s}' % value).decimal("a")


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (b"0", "0"), (b"7", "7"), (b"0.5", "0.5"), (b"120.50", "120.50"), (b"1e2", "100"), (b"1.5E1", "15"), (b"-0.0", "0.0"),
        (b"9999999999999999.999999", "9999999999999999.999999"), (b"0.1", "0.1"), (b"1E-6", "0.000001"), (b"0e5", "0"), (b"0E-6", "0.000000"), (b"-0", "0"),
    ],
)  # fmt: skip
def test_a_number_is_exactly_what_is_written(value: bytes, read: str) -> None:
    assert str(read_json(b'{"a": %s}' % value).number("a")) == read


@pytest.mark.parametrize(
    "value",
    [
        b"true", b"false", b"null", b'"1"', b"[1]", b"-1", b"-0.5", b"0.30000000000000004", b"1e400", b"1e-7", b"10000000000000000",
        b"1e16", b"1e999999999", b"-1e999999999", b"0.0000001", b"0e999999999", b"0e-999999999",
    ],
)  # fmt: skip
def test_what_is_no_exact_number_is_none(value: bytes) -> None:
    record = read_json(b'{"a": %s}' % value)
    with pytest.raises(UnexpectedAnswer, match=r"\$\.a: "):
        record.number("a")


@pytest.mark.parametrize(
    "value", [b"NaN", b"Infinity", b"-Infinity", b"1e99999999999999999999", b"01", b"1.", b".5", b"+1"]
)
def test_what_is_no_number_is_no_document(value: bytes) -> None:
    with pytest.raises(UnexpectedAnswer, match="JSON"):
        read_json(b'{"a": %s}' % value)


def test_below_zero_is_read_only_where_it_may_be() -> None:
    record = read_json(b'{"n": -7, "f": -7.50, "t": "-7.50"}')
    assert (record.number("n", signed=True), record.number("f", signed=True)) == (Decimal(-7), Decimal("-7.50"))
    assert record.decimal("t", signed=True) == Decimal("-7.50")
    for read, key in ((record.number, "n"), (record.number, "f"), (record.decimal, "t")):
        with pytest.raises(UnexpectedAnswer):
            read(key)


def test_a_whole_number_may_be_zero() -> None:
    assert [read_json(b'{"n": %s}' % value).whole("n") for value in (b"0", b"-0", b"9007199254740991")] == [
        0,
        0,
        2**53 - 1,
    ]
    for value in (b"true", b"false", b"0.0", b"1e2", b"-1", b"9007199254740992", b'"0"', b"null"):
        with pytest.raises(UnexpectedAnswer):
            read_json(b'{"n": %s}' % value).whole("n")


@pytest.mark.parametrize("value", [b"0", b"1", b'"true"', b'"false"', b"null", b'""', b"[]"])
def test_nothing_stands_for_true_or_false(value: bytes) -> None:
    with pytest.raises(UnexpectedAnswer):
        read_json(b'{"b": %s}' % value).boolean("b")
    assert [read_json(b'{"b": %s}' % one).boolean("b") for one in (b"true", b"false")] == [True, False]


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("2026-03-02T10:12:00Z", datetime(2026, 3, 2, 10, 12, tzinfo=UTC)),
        ("2026-03-02T00:12:00.5+01:00", datetime(2026, 3, 1, 23, 12, 0, 500_000, tzinfo=UTC)),
        ("2026-03-02T10:12:00.123456789-00:00", datetime(2026, 3, 2, 10, 12, 0, 123_456, tzinfo=UTC)),
    ],
)
def test_a_moment_is_read_in_utc(value: str, read: datetime) -> None:
    found = read_json(b'{"at": "%s"}' % value.encode()).instant("at")
    assert (found, found.tzinfo) == (read, UTC)


@pytest.mark.parametrize(
    "value",
    [
        '"2026-03-02T10:12:00"', '"2026-03-02"', '"2026-03-02 10:12:00Z"', '"2026-03-02T10:12Z"', '"2026-03-02T10:12:60Z"', '"2026-02-30T10:12:00Z"',
        '"2026-03-02T10:12:00+0100"', '"2026-03-02T10:12:00+24:00"', '"0001-01-01T00:00:00+01:00"', '"9999-12-31T23:59:59-01:00"', "1772446320", '"2026-03-02T24:00:00Z"', '"2026-03-02T10:60:00Z"', '"2026-03-02T10:12:00+01:60"',
        '"2026-03-02t10:12:00z"', '"2026-03-02T10:12:00Z "', "null", '"2026-W10-1T10:12:00Z"', '"\\u0662026-03-02T10:12:00Z"',
    ],
)  # fmt: skip
def test_a_moment_has_its_offset(value: str) -> None:
    with pytest.raises(UnexpectedAnswer):
        read_json(b'{"at": %s}' % value.encode()).instant("at")


def test_codes_are_looked_up_by_what_they_mean() -> None:
    text = rows(("OLD", "KGM", "2026-01-01")).replace("valid_from", "valid_to = 2026-06-30\nvalid_from")
    codes = read_codes(
        text + rows(("NEW", "KGM", "2026-07-01"), ("T", "TNE", "2026-01-01"), ("TO", "TNE", "2026-01-01")),
        "status",
        str,
    )
    assert [codes.code("KGM", day) for day in (date(2026, 6, 30), date(2026, 7, 1))] == ["OLD", "NEW"]
    assert codes.codes("TNE", date(2026, 7, 1)) == ("T", "TO")
    assert codes.codes("LTR", date(2026, 7, 1)) == ()
    for means, on in (("TNE", date(2026, 7, 1)), ("LTR", date(2026, 7, 1)), ("KGM", date(2025, 12, 31))):
        with pytest.raises(RequestRejected):
            codes.code(means, on)


@pytest.mark.parametrize("value", [b'"a\\u0000"', b'"\\ud800"', b'"a\\n"', b'""', b'"%s"' % (b"x" * 501)])
def test_a_text_can_be_kept_and_shown(value: bytes) -> None:
    with pytest.raises(UnexpectedAnswer):
        read_json(b'{"t": %s}' % value).text("t")


def test_a_message_says_the_place_and_never_the_value() -> None:
    with pytest.raises(UnexpectedAnswer) as caught:
        read_json(b'{"parties": [{"eori": "Jane Doe"}]}').records("parties")[0].text("eori", "[A-Z]{2}[0-9]+")
    assert "$.parties[0].eori" in str(caught.value)
    assert "Jane" not in str(caught.value)


def test_a_code_means_something_only_while_it_is_in_force() -> None:
    text = rows(("OK", "valid", "2026-01-01")).replace("valid_from", "valid_to = 2026-06-30\nvalid_from")
    codes = read_codes(text + rows(("OK", "suspended", "2026-07-01")), "status", Status)
    assert codes.meaning("OK", date(2026, 6, 30)) is Status.VALID
    assert codes.meaning("OK", date(2026, 7, 1)) is Status.SUSPENDED
    for code, on in (("OK", date(2025, 12, 31)), ("ok", date(2026, 7, 1)), ("", date(2026, 7, 1))):
        with pytest.raises(UnexpectedAnswer):
            codes.meaning(code, on)


@pytest.mark.parametrize(
    "text",
    [
        "",
        rows(("OK", "fine", "2026-01-01")),
        rows(("OK", "valid", "2026-01-01"), ("OK", "refused", "2026-02-01")),
        rows(("OK", "valid", '"2026-01-01"')),
        rows(("OK", "valid", "2026-01-01T00:00:00Z")),
        rows(("OK", "valid", "2026-01-01")).replace("source", "sauce"),
        rows(("", "valid", "2026-01-01")),
        rows(("OK", "valid", "2026-01-01")) + "valid_to = 2025-01-01\n",
    ],
)
def test_a_code_list_that_cannot_be_used_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="status"):
        read_codes(text, "status", Status)


@pytest.mark.parametrize(
    "body",
    [b"NaN", b'{"a": NaN}', b'{"a": -Infinity}', b'{"a": {"b": 1, "b": 1}}', b'\xef\xbb\xbf{"a": 1}', b'{"a": 1} {}',
     b'{"a": 1}\x00', '{"a": 1}'.encode("utf-16"), b'{"a": "\xff"}', b'{"a":' * 100_000, b"{'a': 1}", b"7", b'"a"'],
)  # fmt: skip
def test_only_a_sound_json_object_is_read_wherever_the_fault_stands(body: bytes) -> None:
    with pytest.raises(UnexpectedAnswer):
        read_json(body)


def whole(taken: str, *, by: str = "OTHER", left: str = "40") -> Answer:
    """Everybody's position of a line of 100 kg."""
    allocation = Allocation(
        certificate_line=1,
        declaration=Reference(kind=ReferenceKind.MRN, value=by),
        goods_item=1,
        state=AllocationState.RESERVED,
        quantity=Quantity(value=Decimal(taken), unit="KGM"),
    )
    return Answer(
        status=Status.VALID,
        certificate=Certificate(
            type="C640",
            reference="CERT",
            authority_status="VALID",
            lines=(
                CertificateLine(number=1, commodity_code="02013000", quantity=Quantity(value=Decimal(100), unit="KGM")),
            ),
        ),
        ledger=Ledger(
            lines=(LedgerLine(number=1, available=Quantity(value=Decimal(left), unit="KGM")),),
            allocations=(allocation,),
        ),
    )


OWN = Reference(kind=ReferenceKind.MRN, value="OWN")


def test_a_declaration_has_no_part_where_a_whole_position_shows_none_of_it() -> None:
    make_sure_it_has_no_part(whole("60"), OWN)


@pytest.mark.parametrize(
    "position",
    [
        None,
        Answer(status=Status.NOT_FOUND),
        replace(whole("60"), ledger=None),
        whole("60", by="OWN"),
        whole("59.999"),
        whole("60", left="39.999"),
    ],
    ids=["no document", "not found", "no position", "a part of it", "an allocation cut short", "a line cut short"],
)
def test_a_position_that_is_not_whole_does_not_show_that_a_declaration_has_no_part(position: Answer | None) -> None:
    with pytest.raises(UnexpectedAnswer):
        make_sure_it_has_no_part(position, OWN)


PARIS = ZoneInfo("Europe/Paris")
DAYS = {
    "2027-06-30": 30,
    "2027-06-30Z": 30,
    "2027-06-30+02:00": 30,
    "2027-06-30-05:00": 30,
    "2027-06-30T00:00:00": 30,
    "2027-06-30T23:59:59.999": 30,
    "2027-06-30T00:00:00+02:00": 30,
    "2027-06-30T23:59:59+02:00": 30,
    "2027-06-29T22:00:00Z": 30,
    "2027-06-29T21:59:59Z": 29,
    "2027-06-31Z": None,
    "2027-06-30T24:00:00": None,
    "2027-06-30T22:00": None,
    "2027-06-30 Z": None,
    "30.06.2027": None,
    "0001-01-01T00:00:00+14:00": None,
    "9999-12-31T23:59:59Z": None,
}


def test_a_day_with_an_offset_or_a_time_is_read_by_a_stated_zone() -> None:
    for text, day in DAYS.items():
        assert day_of(text, zone=PARIS) == (None if day is None else date(2027, 6, day)), text
        record = read_json(f'{{"until": "{text}"}}'.encode())
        element = read_xml(f"<a>{text}</a>".encode(), "a")
        for read in (partial(record.day, "until"), element.day):
            if day is None:
                with pytest.raises(UnexpectedAnswer):
                    read(zone=PARIS)
            else:
                assert read(zone=PARIS) == date(2027, 6, day), text
            if text != "2027-06-30":
                with pytest.raises(UnexpectedAnswer, match="a day is expected"):
                    read()
