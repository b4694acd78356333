"""An extract as CSV becomes measures of TARIC, and every fault of it is named with its line."""

from datetime import date
from pathlib import Path

import pytest

from gateway.contract import Direction
from gateway.domain.errors import ConfigurationError
from gateway.domain.tables.required import TaricRequirement
from tests.builders.taric import AS_OF, load, loaded, measures_of

HEADER = (
    "goods_code;origin;excluded_origins;measure_type;condition_code;certificate;action;valid_from;valid_to;legal_base"
)

VETERINARY = """\
0301000000;1011;;410;B;N853;29;2019-12-14;;R1715/19
0301000000;1011;;410;B;C640;29;2019-12-14;;R1715/19
0301000000;1011;;410;B;Y-930;29;2019-12-14;;R1715/19
0301000000;1011;;410;B;;09;2019-12-14;;R1715/19"""


def rows(
    tmp_path: Path, lines: str, *, header: str = HEADER, since: date | None = None, day: date = AS_OF
) -> tuple[TaricRequirement, ...]:
    return measures_of(loaded(tmp_path, f"{header}\n{lines}\n", since=since), day)


def refused(tmp_path: Path, lines: str, *, header: str = HEADER) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as fault:
        loaded(tmp_path, f"{header}\n{lines}\n")
    return fault.value.faults


def test_certificates_of_one_condition_are_alternatives(tmp_path: Path) -> None:
    (row,) = rows(tmp_path, VETERINARY)
    assert row.commodities == ("0301",)
    assert row.all_of == (("C640", "N853", "Y930"),)
    assert (row.directions, row.procedures, row.area) == ((Direction.IMPORT,), (), "1011")
    assert (row.measure, row.legal_basis) == ("veterinary control (TARIC 410)", "R1715/19")
    assert (row.valid_from, row.valid_to) == (date(2019, 12, 14), None)
    assert (row.source, row.place) == ("TARIC as of 2026-11-01", "TARIC measure 2")


@pytest.mark.parametrize(
    ("code", "prefix"),
    [
        ("0100000000", "01"),
        ("0301000000", "0301"),
        ("0302 11 00 00", "030211"),
        ("1000000000", "10"),
        ("8471 30 00 00", "847130"),
        ("8471 30 00 00 80", "847130"),
        ("0303710010", "0303710010"),
    ],
)
def test_zeros_at_the_end_of_a_goods_code_stand_for_whatever_follows(tmp_path: Path, code: str, prefix: str) -> None:
    (row,) = rows(tmp_path, f"{code};1011;;410;B;N853;29;2021-01-01;;")
    assert row.commodities == (prefix,)


def test_an_action_for_free_circulation_only_concerns_its_procedures(tmp_path: Path) -> None:
    (row,) = rows(tmp_path, "0301000000;1011;;475;B;C673;24;2021-01-01;;\n0301000000;1011;;475;B;;04;2021-01-01;;")
    assert "40" in row.procedures
    assert "71" not in row.procedures
    (tmp_path / "both").mkdir()
    (both,) = rows(
        tmp_path / "both", "0301000000;1011;;475;B;C673;24;2021-01-01;;\n0301000000;1011;;475;B;Y927;29;2021-01-01;;"
    )
    assert both.procedures == ()


def test_days_begin_and_end_with_the_measure_and_not_before_since(tmp_path: Path) -> None:
    lines = """\
0301000000;1011;;410;B;N853;29;14-12-2019;31/12/2026;
0302000000;1011;;410;B;N853;29;01.07.2026;;
0303000000;1011;;410;B;N853;29;2019-12-14;2025-12-31;"""
    days = {row.commodities[0]: (row.valid_from, row.valid_to) for row in rows(tmp_path, lines, day=date(2025, 1, 1))}
    assert days == {"0301": (date(2019, 12, 14), date(2026, 12, 31)), "0303": (date(2019, 12, 14), date(2025, 12, 31))}
    (tmp_path / "since").mkdir()
    found = loaded(tmp_path / "since", f"{HEADER}\n{lines}", since=date(2026, 1, 1))
    days = {row.commodities[0]: (row.valid_from, row.valid_to) for row in measures_of(found)}
    assert days == {"0301": (date(2026, 1, 1), date(2026, 12, 31)), "0302": (date(2026, 7, 1), None)}
    assert found.report.of(by_officer=False) == {"ended before 2026-01-01": 1}


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (
            "301000000;1011;;410;B;N853;29;2021-01-01;;",
            "goods code '301000000' has not 10 digits; was a leading zero lost?",
        ),
        ("0301000000 10;1011;;410;B;N853;29;2021-01-01;;", "is a line that nobody declares (suffix 10)"),
        ("03010000;1011;;410;B;N853;29;2021-01-01;;", "'03010000' is no goods code of ten digits"),
        ("0301000000;;;410;B;N853;29;2021-01-01;;", "geographical.area is missing"),
        ("0301000000;X;;410;B;N853;29;2021-01-01;;", "'X' is no geographical area"),
        ("0301000000;1011;X1X;410;B;N853;29;2021-01-01;;", "'X1X' is no geographical area"),
        ("0301000000;1011;;41;B;N853;29;2021-01-01;;", "'41' is no measure type"),
        ("0301000000;1011;;410;B;N85;29;2021-01-01;;", "is no document code (an4)"),
        ("0301000000;1011;;410;B;N853;29;;;", "valid_from is missing"),
        ("0301000000;1011;;410;B;N853;29;2021-02-30;;", "valid_from '2021-02-30' is no day"),
        ("0301000000;1011;;410;B;N853;29;2021-01-01;2020-01-01;", "lies before validity.start.date"),
    ],
)
def test_a_line_that_cannot_be_read_is_refused_with_its_line(tmp_path: Path, line: str, says: str) -> None:
    faults = refused(tmp_path, f"0302000000;1011;;410;B;N853;29;2021-01-01;;\n{line}")
    assert any(fault.startswith("extract.csv:3: ") and says in fault for fault in faults), faults


def test_a_number_with_forty_decimals_is_refused(tmp_path: Path) -> None:
    header = f"{HEADER};amount;unit"
    (fault,) = refused(tmp_path, f"0301000000;1011;;410;E;;29;2021-01-01;;;20.{'0' * 39}1;KGM", header=header)
    assert "condition.duty.amount" in fault
    assert "at most three decimals" in fault


def test_headers_may_be_called_otherwise_and_columns_that_are_not_read_are_named(tmp_path: Path) -> None:
    header = "Goods code,Origin code,Meas. type code,Condition group,Certificate,Action code,Start date,Duty"
    found = loaded(tmp_path, f"{header}\n0301000000,1011,410,B,N-853,29,14-12-2019,0 %")
    assert measures_of(found)[0].all_of == (("N853",),)
    assert found.unread == ("Duty",)


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ("goods_code;origin;measure_type;condition_code;certificate;valid_from", "the column action is missing"),
        ("goods_code;code;origin;measure_type;condition_code;certificate;action;valid_from", "for a second time"),
        (
            "goods_code;origin;measure_type;condition_code;certificate;action",
            "the column valid_from is missing; without it say --since",
        ),
    ],
)
def test_a_header_that_lacks_something_is_refused(tmp_path: Path, header: str, says: str) -> None:
    (fault,) = refused(tmp_path, "x", header=header)
    assert fault.startswith("extract.csv:1: ")
    assert says in fault


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "is empty"),
        (f"{HEADER}\n\n", "holds no line below its header"),
        ("<html></html>", "is XML, and no envelope of TARIC3"),
    ],
)
def test_a_file_that_holds_nothing_is_refused(tmp_path: Path, content: str, says: str) -> None:
    with pytest.raises(ConfigurationError) as fault:
        loaded(tmp_path, content)
    assert any(says in one for one in fault.value.faults)


def test_a_file_in_another_encoding_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "latin.csv").write_bytes(HEADER.encode() + b"\n\xff")
    with pytest.raises(ConfigurationError, match=r"latin\.csv:2: is not UTF-8"):
        load(tmp_path / "home", tmp_path / "latin.csv")


def test_the_same_extract_asks_the_same_in_whatever_order_its_lines_stand(tmp_path: Path) -> None:
    backwards = "\n".join(reversed(VETERINARY.splitlines()))
    forwards = [(row.measure, row.all_of, row.commodities) for row in rows(tmp_path, VETERINARY)]
    (tmp_path / "again").mkdir()
    again = rows(tmp_path / "again", backwards)
    assert [(row.measure, row.all_of, row.commodities) for row in again] == forwards
