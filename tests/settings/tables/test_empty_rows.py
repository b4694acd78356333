"""A row that matches or asks nothing, or that nobody looks up, is refused with file and line."""

from pathlib import Path

import pytest

from gateway.decisions import faults
from gateway.domain.errors import ConfigurationError
from gateway.settings.tables import load_tables
from tests.builders.layers import layer
from tests.builders.places import CONFIG
from tests.settings.tables.sample_rows import REQUIREMENT, ROUTE


@pytest.mark.parametrize(
    ("file", "text", "line", "says"),
    [
        pytest.param(
            "requirements",
            f"{REQUIREMENT}all_of = []\n",
            8,
            "all_of: a measure asks for one group at least; only what is banned may ask for none",
            id="asks for nothing",
        ),
        pytest.param(
            "requirements", f"{REQUIREMENT}all_of = [[]]\n", 8, "all_of: a group is empty", id="an empty group"
        ),
        pytest.param(
            "requirements",
            f'{REQUIREMENT}all_of = [["C640"]]\n'
            'alternatives = [{ to = "C640", types = ["N853"], commodities = [""] }]\n',
            9,
            "alternatives: commodities: a text is needed",
            id="an alternative for all goods",
        ),
        pytest.param(
            "documents",
            f"{ROUTE}valid_from = 2020-01-01\n".replace('"test"', '" "', 1),
            3,
            "authority: a text is needed",
            id="an authority without a name",
        ),
        pytest.param(
            "units",
            '[[unit]]\nword = "kgm"\nunit = "KGM"\nvalid_from = 2020-01-01\nsource = "test"\n',
            2,
            "word: 'kgm' is looked up in upper case and without #, so it never matches",
            id="a unit that nobody finds",
        ),
        pytest.param(
            "units",
            '[[unit]]\nword = "XYZ"\nunit = "KGM "\nvalid_from = 2020-01-01\nsource = "test"\n',
            3,
            "unit: 'KGM ' begins or ends with a blank",
            id="a blank too many",
        ),
        pytest.param(
            "answers",
            '[[cause]]\ncause = "SW-ADP-1"\nrule = "SW-DEC-071"\nvalid_from = 2020-01-01\nsource = "test"\n',
            1,
            "SW-ADP-1 is no fault of asking an authority",
            id="unknown fault",
        ),
    ],
)
def test_a_row_that_would_never_count_is_refused(tmp_path: Path, file: str, text: str, line: int, says: str) -> None:
    folder = layer(tmp_path / "own", **{file: text})
    with pytest.raises(ConfigurationError) as refused:
        load_tables(CONFIG, folder, also=faults)
    assert f"{folder}/{file}.toml:{line}: {says}" in refused.value.faults
