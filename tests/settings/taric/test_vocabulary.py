"""What the codes of an extract mean, read with every fault."""

from datetime import date
from pathlib import Path

import pytest

from gateway.domain.errors import ConfigurationError
from gateway.settings.taric import CodeMeanings, read_meanings
from tests.builders.places import CONFIG
from tests.builders.taric import MEANINGS


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
    row = MEANINGS.actions[0]
    (code,) = row.codes
    assert MEANINGS.action(code, row.valid_from) == row
    assert MEANINGS.action(code, date(1969, 12, 31)) is None
    assert CodeMeanings().action(code, row.valid_from) is None
