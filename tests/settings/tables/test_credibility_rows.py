"""Rows about credibility: what cannot be meant is refused with file and line, and what loosens needs a reason."""

from pathlib import Path

import pytest

from gateway.decisions import faults
from gateway.domain.errors import ConfigurationError
from gateway.domain.tables.in_force import Tables
from gateway.settings.tables import completed, load_tables, loosened, read_written, written
from tests.builders.credibility import check, rate, under
from tests.builders.layers import layer, over
from tests.builders.places import CONFIG
from tests.builders.small_cases import altered
from tests.builders.story import ordinary, shipped

BAND = 'thresholds = [{ amount = "470.001", action = "10" }, { amount = "320", action = "28" }]\n'
R = f'condition = "R"\ntaric_unit = "KGM"\n{BAND}'
SINCE = 'valid_from = 2026-02-01\nsource = "test"\n'


def row(said: str) -> str:
    return (
        '[[check]]\nmeasure = "M1"\nmeasure_type = "482"\ncommodities = ["10"]\ndirections = ["import"]\n'
        f'legal_basis = "x"\n{SINCE}{said}'
    )


def refused(folder: Path, **files: str) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as caught:
        load_tables(CONFIG, layer(folder, **files), also=faults)
    return caught.value.faults


@pytest.mark.parametrize(
    ("said", "line", "says"),
    [
        ('condition = "F"\n', 9, "Invalid enum value 'F'"),
        ('condition = "R"\ntaric_unit = "KGM"\n', 1, "thresholds: at least one is needed"),
        (BAND, 9, "thresholds: without a condition nothing is compared"),
        (f'condition = "R"\n{BAND}', 1, "taric_unit: condition R needs the unit of the mass"),
        (f'{R}currency = "EUR"\n', 12, "currency: condition R compares masses"),
        (f'condition = "U"\ntaric_unit = "KGM"\n{BAND}', 1, "currency: condition U compares values"),
        (f'condition = "E"\n{BAND}', 1, "taric_unit: a maximum of a quantity needs its unit"),
        (f'{R}otherwise = "10"\n', 12, "otherwise: only conditions E and I have it"),
        (f'{R}documents = ["N853"]\n', 12, "documents: only conditions E and I have it"),
        (f'{R}documents = ["N853x"]\n', 12, "documents: 'N853x' is no document code"),
        (f'condition = "E"\ntaric_unit = "KGM"\nper = "NAR"\n{BAND}', 11, "per: only condition R has it"),
        (R.replace('"KGM"', '"kgm"'), 10, "taric_unit: 'kgm' is no unit of TARIC"),
        (R.replace('"10" }', '"ten" }'), 11, "thresholds: an action is no action code"),
        (R.replace('"320"', '"-1"'), 11, "thresholds: an amount is no such figure"),
        (R.replace('"320"', '"NaN"'), 11, "thresholds: an amount is no such figure"),
        (R.replace('"320"', '"470.0010"'), 11, "thresholds: an amount is given twice"),
        (R.replace("amount =", "amuont ="), 11, "amuont"),
        (f'{R}origins = ["UK"]\n', 12, "origins: UK is no country of customs' list"),
        (f'{R}excepted = ["20"]\n', 1, "excepted: 20 lies outside of the commodities"),
        (f'{R}excepted = ["10"]\n', 1, "commodities: 10 is excepted as a whole"),
    ],
)
def test_a_check_that_cannot_be_meant_is_refused(tmp_path: Path, said: str, line: int, says: str) -> None:
    found = refused(tmp_path / "own", credibility=row(said))
    place = f"{tmp_path}/own/credibility.toml:"
    assert any(one.startswith(place) and says in one for one in found), found
    assert any(one.startswith((f"{place}{line}:", f"{place}1:")) for one in found), found


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        (
            "credibility",
            f'[[equality]]\ncondition = "R"\ncounts = true\n{SINCE}',
            "the wording of R leaves nothing open",
        ),
        ("credibility", f'[[action]]\nactions = ["X"]\noutcome = "allowed"\n{SINCE}', "no action code of TARIC"),
        ("credibility", f'[[deferred]]\nadditional_types = ["AB"]\n{SINCE}', "no additional declaration type"),
        ("exchange_rates", f'[[rate]]\ncurrency = "EUR"\nper_euro = "1"\n{SINCE}', "needs none itself"),
        ("exchange_rates", f'[[rate]]\ncurrency = "US"\nper_euro = "1"\n{SINCE}', "no currency (ISO 4217)"),
        ("exchange_rates", f'[[rate]]\ncurrency = "USD"\nper_euro = "0"\n{SINCE}', "per_euro: 0 is no such figure"),
        ("exchange_rates", f'[[rate]]\ncurrency = "USD"\nper_euro = "1e999999"\n{SINCE}', "is no such figure"),
        ("exchange_rates", f'[[rate]]\ncurrency = "USD"\nper_euro = "much"\n{SINCE}', "exchange_rates.toml:3"),
        (
            "exchange_rates",
            "".join(
                f'[[rate]]\ncurrency = "USD"\nper_euro = "1.1"\nvalid_from = 2026-{month}-01\nvalid_to = 2026-{month}-28\nsource = "t"\n'
                for month in ("10", "11")
            ),
            "no row holds from 2026-10-29 to 2026-10-31",
        ),
        (
            "findings",
            f'[[mode]]\nrule = "SW-DEC-190"\nmode = "active"\n{SINCE}',
            "is for officers alone, whatever the table",
        ),
        (
            "findings",
            f'[[mode]]\nrule = "SW-DEC-051"\nmode = "officers"\nloosens = "x"\n{SINCE}',
            "only the gateway says",
        ),
        ("findings", f'[[rule]]\ncodes = ["SW-DEC-190"]\neffect = "hold"\n{SINCE}', "so its effect is none"),
        (
            "findings",
            f'[[rule]]\ncodes = ["SW-DEC-184"]\neffect = "none"\nloosens = "x"\n{SINCE}',
            "its effect is hold",
        ),
    ],
)
def test_rows_beside_it_that_cannot_be_meant_are_refused(tmp_path: Path, file: str, text: str, says: str) -> None:
    found = refused(tmp_path / "own", **{file: text})
    assert any(says in one for one in found), found


def test_a_check_without_a_condition_is_an_officers(tmp_path: Path) -> None:
    tables = over(tmp_path, credibility=row(""))
    assert tables.credibility_checks[0].condition is None
    assert tables.loosenings == ()


def test_a_check_and_a_rate_that_come_loosen_nothing_and_what_is_published_does() -> None:
    before = under(check())
    assert loosened(ordinary(), before) == ()
    assert loosened(before, under(check(), rates=(rate("USD", "1.1"),))) == ()
    (given_up,) = loosened(before, under(check(measure="M2")))
    assert (given_up.table, given_up.means) == ("check", "the check is given up")
    two = under(check(), check(measure="M2", published=True))
    (read,) = loosened(before, two)
    assert read.means == "traders read the bounds of the check"


def test_a_set_of_before_has_no_check_and_is_compared_by_none() -> None:
    old = altered(
        **{
            into: lambda rows: ()
            for into in ("credibility_types", "credibility_actions", "equalities", "deferred", "currencies")
        }
    )
    assert loosened(old, shipped()) == ()


def over_text(tables: Tables) -> Tables:
    """The same set, put together from its text."""
    return read_written(written(tables), tables.digest)


def test_a_check_is_written_and_read_again(tmp_path: Path) -> None:
    tables = over(
        tmp_path,
        credibility=row(R + 'per = "NAR"\n'),
        exchange_rates=f'[[rate]]\ncurrency = "USD"\nper_euro = "1.10"\n{SINCE}',
    )
    again = over_text(tables)
    assert again.credibility_checks == tables.credibility_checks
    assert str(again.exchange_rates[0].per_euro) == "1.10"
    assert completed(again, shipped()).tables is again
