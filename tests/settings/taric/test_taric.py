"""An extract of TARIC becomes rows of table 3, and every fault of it is named with its line."""

from datetime import date
from pathlib import Path

import pytest

from gateway.contract import Direction
from gateway.domain.errors import ConfigurationError
from gateway.domain.tables.required import RequiredDocuments
from gateway.settings.taric import CodeMeanings, Extract, Loaded, make_rows, read_extract, read_meanings
from tests.builders.places import CONFIG
from tests.builders.story import shipped

HEADER = (
    "goods_code;origin;excluded_origins;measure_type;condition_code;certificate;action;valid_from;valid_to;legal_base"
)
WORDS = read_meanings(CONFIG / "taric")
KNOWN = shipped().known()

VETERINARY = """\
0301000000;1011;;410;B;N853;29;2019-12-14;;R1715/19
0301000000;1011;;410;B;C640;29;2019-12-14;;R1715/19
0301000000;1011;;410;B;Y-930;29;2019-12-14;;R1715/19
0301000000;1011;;410;B;;09;2019-12-14;;R1715/19"""


def extract(tmp_path: Path, lines: str, *, header: str = HEADER, since: date | None = None) -> Extract:
    file = tmp_path / "extract.csv"
    file.write_text(f"{header}\n{lines}\n", encoding="utf-8")
    return read_extract(file, WORDS, KNOWN, since=since)


def loaded(tmp_path: Path, lines: str, *, header: str = HEADER, since: date | None = None) -> Loaded:
    return make_rows(extract(tmp_path, lines, header=header, since=since), WORDS)


def rows(tmp_path: Path, lines: str, since: date | None = None) -> tuple[RequiredDocuments, ...]:
    return loaded(tmp_path, lines, since=since).required


def refused(tmp_path: Path, lines: str, *, header: str = HEADER) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as fault:
        loaded(tmp_path, lines, header=header)
    return fault.value.faults


def test_certificates_of_one_condition_are_alternatives(tmp_path: Path) -> None:
    (row,) = rows(tmp_path, VETERINARY)
    assert row.commodities == ("0301",)
    assert row.all_of == (("C640", "N853", "Y930"),)
    assert (row.directions, row.procedures, row.origins) == ((Direction.IMPORT,), (), ())
    assert (row.measure, row.legal_basis) == ("veterinary control (TARIC 410/1)", "R1715/19")
    assert (row.valid_from, row.valid_to) == (date(2019, 12, 14), None)
    assert row.source.startswith("TARIC extract extract.csv, sha256:")


def test_several_conditions_are_asked_for_together_and_a_threshold_softens_nothing(tmp_path: Path) -> None:
    """As TARIC says it of fish: a document, or personal luggage of at most two kilograms."""
    lines = """\
0306111010;1011;;410;B;N853;29;2021-01-01;;
0306111010;1011;;410;B;Y058;29;2021-01-01;;
0306111010;1011;;410;B;C084;29;2021-01-01;;
0306111010;1011;;410;B;;09;2021-01-01;;
0306111010;1011;;410;E;N853;29;2021-01-01;;
0306111010;1011;;410;E;;29;2021-01-01;;
0306111010;1011;;410;E;C084;29;2021-01-01;;
0306111010;1011;;410;E;;09;2021-01-01;;"""
    read = extract(tmp_path, lines)
    made = make_rows(read, WORDS)
    (row,) = made.required
    assert row.commodities == ("0306111010",)
    assert row.all_of == (("C084", "N853", "Y058"), ("C084", "N853"))
    assert read.left_out == {"condition E: a threshold; the document is asked for below it, too": [7]}
    assert (made.routes, made.statements) == ((), ())  # the delivered tables know all of them


@pytest.mark.parametrize(
    ("code", "prefix"),
    [
        ("0100000000", "01"),
        ("0301000000", "0301"),
        ("0302 11 00 00", "030211"),
        ("1000000000", "10"),
        ("8471 30 00 00", "847130"),
        ("0303710010", "0303710010"),
    ],
)
def test_zeros_at_the_end_of_a_goods_code_stand_for_whatever_follows(tmp_path: Path, code: str, prefix: str) -> None:
    (row,) = rows(tmp_path, f"{code};1011;;410;B;N853;29;2021-01-01;;")
    assert row.commodities == (prefix,)


def test_goods_and_origins_that_are_asked_the_same_are_one_row(tmp_path: Path) -> None:
    lines = "\n".join(
        f"{code};{origin};;410;B;{certificate};29;2021-01-01;;"
        for code in ("0301000000", "0302000000", "0302110000")
        for origin in ("NO", "IS")
        for certificate in ("N853", "Y930")
    )
    (row,) = rows(tmp_path, lines)
    assert (row.commodities, row.origins) == (("0301", "0302"), ("IS", "NO"))
    other = lines + "\n0303000000;NO;;410;B;N853;29;2021-01-01;;"
    assert {one.commodities for one in rows(tmp_path, other)} == {("0303",), ("0301", "0302")}


def test_a_row_for_every_origin_is_not_mixed_with_one_for_some(tmp_path: Path) -> None:
    lines = "0301000000;1011;NO,IS;410;B;N853;29;2021-01-01;;\n0301000000;NO;;410;B;N853;29;2021-01-01;;"
    made = {(row.origins, row.excepted_origins) for row in rows(tmp_path, lines)}
    assert made == {((), ("IS", "NO")), (("NO",), ())}


def test_an_action_for_free_circulation_only_concerns_its_procedures(tmp_path: Path) -> None:
    (row,) = rows(tmp_path, "0301000000;1011;;475;B;C673;24;2021-01-01;;\n0301000000;1011;;475;B;;04;2021-01-01;;")
    assert "40" in row.procedures
    assert "71" not in row.procedures
    (both,) = rows(tmp_path, "0301000000;1011;;475;B;C673;24;2021-01-01;;\n0301000000;1011;;475;B;Y927;29;2021-01-01;;")
    assert both.procedures == ()


def test_days_begin_and_end_with_the_measure_and_not_before_since(tmp_path: Path) -> None:
    lines = """\
0301000000;1011;;410;B;N853;29;14-12-2019;31/12/2026;
0302000000;1011;;410;B;N853;29;01.07.2026;;
0303000000;1011;;410;B;N853;29;2019-12-14;2025-12-31;"""
    days = {row.commodities[0]: (row.valid_from, row.valid_to) for row in rows(tmp_path, lines)}
    assert days["0301"] == (date(2019, 12, 14), date(2026, 12, 31))
    read = extract(tmp_path, lines, since=date(2026, 1, 1))
    days = {row.commodities[0]: (row.valid_from, row.valid_to) for row in make_rows(read, WORDS).required}
    assert days == {"0301": (date(2026, 1, 1), date(2026, 12, 31)), "0302": (date(2026, 7, 1), None)}
    assert read.left_out == {"ended before 2026-01-01": [4]}


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (
            "301000000;1011;;410;B;N853;29;2021-01-01;;",
            "goods code '301000000' has not 10 digits; was a leading zero lost?",
        ),
        ("03010000;1011;;410;B;N853;29;2021-01-01;;", "has not 10 digits"),
        ("0301000000;9999;;410;B;N853;29;2021-01-01;;", "origin '9999' is no country, and no [[area]] row"),
        ("0301000000;;;410;B;N853;29;2021-01-01;;", "origin '' is no country"),
        ("0301000000;1011;1011;410;B;N853;29;2021-01-01;;", "excluded origin 1011 is every country"),
        ("0301000000;1011;;999;B;N853;29;2021-01-01;;", "measure type '999' is unknown"),
        ("0301000000;1011;;410;X;N853;29;2021-01-01;;", "condition 'X' is unknown"),
        ("0301000000;1011;;410;;N853;29;2021-01-01;;", "has no condition code"),
        ("0301000000;1011;;410;B;X999;29;2021-01-01;;", "certificate X999 is unknown"),
        ("0301000000;1011;;410;B;N85;29;2021-01-01;;", "is no document code (an4)"),
        ("0301000000;1011;;410;B;N853;77;2021-01-01;;", "action '77' is unknown"),
        ("0301000000;1011;;410;B;N853;07;2021-01-01;;", "action '07' is unknown"),
        ("0301000000;1011;;410;B;N853;;2021-01-01;;", "action '' is unknown"),
        ("0301000000;1011;;410;B;N853;25;2021-01-01;;", "speaks of another direction"),
        ("0301000000;1011;;410;B;N853;09;2021-01-01;;", "forbids what certificate N853 is presented for"),
        ("0301000000;1011;;410;B;;29;2021-01-01;;", "allows without a certificate, and is no threshold"),
        ("0301000000;1011;;410;B;;09;2021-01-01;;", "a prohibition is no row"),
        ("0301000000;1011;;410;B;N853;29;;;", "valid_from is missing"),
        ("0301000000;1011;;410;B;N853;29;2021-02-30;;", "valid_from '2021-02-30' is no day"),
        ("0301000000;1011;;410;B;N853;29;2021-01-01;2020-01-01;", "lies before valid_from"),
    ],
)
def test_a_line_that_cannot_be_read_is_refused_with_its_line(tmp_path: Path, line: str, says: str) -> None:
    (fault,) = refused(tmp_path, f"0302000000;1011;;410;B;N853;29;2021-01-01;;\n{line}")
    assert fault.startswith("extract.csv:3: ")
    assert says in fault


def test_all_faults_of_all_lines_are_said_at_once(tmp_path: Path) -> None:
    faults = refused(tmp_path, "03;XX1;;999;X;N85;77;never;;\n0301000000;1011;;410;B;X999;29;2021-01-01;;")
    assert [fault.split(": ")[0] for fault in faults] == ["extract.csv:2"] * 7 + ["extract.csv:3"]


def test_what_is_about_duties_or_prices_is_left_out_and_counted(tmp_path: Path) -> None:
    lines = f"{VETERINARY}\n0302000000;1011;;410;A;N853;27;2021-01-01;;\n0302000000;1011;;410;V;;29;2021-01-01;;"
    read = extract(tmp_path, lines)
    assert len(make_rows(read, WORDS).required) == 1
    assert sorted(read.left_out.values()) == [[6], [7]]


def test_an_additional_code_is_refused(tmp_path: Path) -> None:
    (fault,) = refused(
        tmp_path,
        "0301000000;1011;410;B;N853;29;2021-01-01;4999",
        header="goods_code;origin;measure_type;condition_code;certificate;action;valid_from;add code",
    )
    assert "additional code 4999" in fault


def test_headers_may_be_called_otherwise_and_columns_that_are_not_read_are_named(tmp_path: Path) -> None:
    header = "Goods code,Origin code,Meas. type code,Condition group,Certificate,Action code,Start date,Duty"
    read = extract(tmp_path, "0301000000,1011,410,B,N-853,29,14-12-2019,0 %", header=header)
    assert make_rows(read, WORDS).required[0].all_of == (("N853",),)
    assert read.unread == ("Duty",)


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
        (b"", "is empty"),
        (HEADER.encode() + b"\n\n", "holds no line below its header"),
        (HEADER.encode() + b"\n\xff", "extract.csv:2: is not UTF-8"),
    ],
)
def test_a_file_that_holds_nothing_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "extract.csv").write_bytes(content)
    with pytest.raises(ConfigurationError) as fault:
        read_extract(tmp_path / "extract.csv", WORDS, KNOWN)
    assert any(says in one for one in fault.value.faults)


def test_the_same_extract_makes_the_same_rows_in_whatever_order_its_lines_stand(tmp_path: Path) -> None:
    backwards = "\n".join(reversed(VETERINARY.splitlines()))
    forwards = [(row.measure, row.all_of, row.commodities) for row in rows(tmp_path, VETERINARY)]
    assert [(row.measure, row.all_of, row.commodities) for row in rows(tmp_path, backwards)] == forwards


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ('[[action]]\ncodes = ["29"]\nmeans = "perhaps"\nvalid_from = 2020-01-01\nsource = "t"\n', "perhaps"),
        (
            '[[action]]\ncodes = ["29"]\nmeans = "allowed"\nmeant = 1\nvalid_from = 2020-01-01\nsource = "t"\n',
            "unknown key 'meant'",
        ),
        ("[[act]]\n", "unknown table 'act'"),
        (
            '[[action]]\ncodes = ["29"]\nmeans = "allowed"\nvalid_from = 2020-01-01\nsource = "t"\n',
            "29 is given already at ",
        ),
    ],
)
def test_what_codes_mean_is_read_with_every_fault(tmp_path: Path, row: str, says: str) -> None:
    text = (CONFIG / "taric" / "codes.toml").read_text(encoding="utf-8")
    (tmp_path / "codes.toml").write_text(f"{text}\n{row}", encoding="utf-8")
    with pytest.raises(ConfigurationError) as fault:
        read_meanings(tmp_path)
    place = text.count("\n") + 2
    assert any(one.startswith(f"{tmp_path.name}/codes.toml:{place}: ") and says in one for one in fault.value.faults), (
        fault.value.faults
    )


def test_a_meaning_is_that_of_its_day() -> None:
    row = WORDS.actions[0]
    (code,) = row.codes
    assert WORDS.action(code, row.valid_from) == row
    assert WORDS.action(code, date(2016, 4, 30)) is None
    assert CodeMeanings().action(code, row.valid_from) is None
