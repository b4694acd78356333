"""Requirements in further files, a folder a domain and a file an act: delivered, of an administration, and not there."""

import shutil
from pathlib import Path

import pytest

from gateway.contract import Direction
from gateway.domain.errors import ConfigurationError
from gateway.domain.tables.goods import Goods
from gateway.settings.tables import load_tables
from tests.builders.places import CONFIG
from tests.builders.small_cases import DAY

OWN = """
[[document]]
types = ["U900"]
authority = "the ministry"
directions = ["export"]
legal_basis = "Law 1"
valid_from = 2026-01-01
source = "Law 1"

[[requirement]]
measure = "own ban"
commodities = ["8482"]
directions = ["export"]
destinations = ["RU"]
banned = true
all_of = [["U900"]]
legal_basis = "Law 1"
valid_from = 2026-01-01
source = "Law 1"
"""


def folder(tmp_path: Path, text: str, name: str = "requirements/sanctions/own.toml") -> Path:
    path = tmp_path / "own" / name
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return tmp_path / "own"


def faults(*folders: Path) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as refused:
        load_tables(*folders)
    return refused.value.faults


def test_an_administration_has_files_of_its_own(tmp_path: Path) -> None:
    view = load_tables(CONFIG, folder(tmp_path, OWN)).at(DAY)
    found = view.measures(Goods("8482101000", Direction.EXPORT, "10", "DE", "RU"))
    assert [one.place for one in found if one.measure == "own ban"] == [
        f"{tmp_path}/own/requirements/sanctions/own.toml:10"
    ]
    assert not [
        one
        for one in view.measures(Goods("8482101000", Direction.EXPORT, "10", "DE", "US"))
        if one.measure == "own ban"
    ]


def test_a_copied_folder_without_them_is_read(tmp_path: Path) -> None:
    copied = tmp_path / "copied"
    shutil.copytree(CONFIG, copied, ignore=shutil.ignore_patterns("requirements"))
    for path in (copied / "messages").glob("*.toml"):
        assert path.is_file()
    assert not [row for row in load_tables(copied).required if row.measure == "catch certificate"]


def test_a_file_that_comes_later_is_read(tmp_path: Path) -> None:
    copied = tmp_path / "copied"
    shutil.copytree(CONFIG, copied)
    before = load_tables(copied)
    (copied / "requirements" / "own.toml").write_text(OWN, encoding="utf-8")
    assert len(load_tables(copied).required) == len(before.required) + 1


@pytest.mark.parametrize(
    ("was", "now", "says"),
    [
        ('directions = ["export"]\ndestinations', 'directions = ["import"]\ndestinations', "destinations: is about export, and the measure holds in none"),
        ("banned = true", "banned = true\nonly_told = true", "only_told: what is banned is not only told; take one of the two out"),
        ('banned = true\nall_of = [["U900"]]', "", "all_of: a measure asks for one group at least; only what is banned may ask for none"),
        ('destinations = ["RU"]', 'destinations = ["RUS"]', "destinations: 'RUS' is no country (ISO 3166-1 alpha-2)"),
        ('destinations = ["RU"]', 'destinations = ["RU"]\nexcepted_destinations = ["RU"]', "destinations: RU are left out again by excepted_destinations, so they never count"),
        ("[[requirement]]", "[[window]]", "unknown table or key 'window'"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_so_is_refused(tmp_path: Path, was: str, now: str, says: str) -> None:
    assert was in OWN
    found = faults(CONFIG, folder(tmp_path, OWN.replace(was, now, 1)))
    assert any(says in fault and "requirements/sanctions/own.toml:" in fault for fault in found), found


def test_a_file_elsewhere_is_named(tmp_path: Path) -> None:
    (found,) = faults(CONFIG, folder(tmp_path, OWN, "requirement/own.toml"))
    assert "requirement/own.toml: no file of tables" in found
