"""A later folder's row counts on its own days, an earlier one's before and after; the order of rows and files never matters."""

import json
import random
import re
import shutil
from collections.abc import Sequence
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.contract import Direction
from gateway.domain.errors import ConfigurationError
from gateway.domain.tables.rows import DocumentRoute, UnitWord
from gateway.settings.tables import load_tables, read_written, written
from gateway.settings.tables.content import compose
from gateway.settings.tables.kinds import KINDS, Removed
from gateway.settings.tables.layers import Layer
from tests.builders.layers import layer, over, overlay
from tests.builders.places import CONFIG

START = date(2026, 1, 1)
DAYS = [START + timedelta(days=number) for number in range(12)]
TYPES = ("C640", "N853", "C678")


def day(number: int) -> date:
    return START + timedelta(days=number)


@st.composite
def periods(draw: st.DrawFn) -> tuple[date, date | None]:
    begins = draw(st.integers(0, 9))
    length = draw(st.none() | st.integers(0, 5))
    return day(begins), None if length is None else day(begins + length)


@st.composite
def routes(draw: st.DrawFn, name: str) -> DocumentRoute:
    begins, ends = draw(periods())
    return DocumentRoute(
        types=tuple(draw(st.lists(st.sampled_from(TYPES), min_size=1, unique=True))),
        directions=tuple(draw(st.lists(st.sampled_from(list(Direction)), min_size=1, unique=True))),
        authority=name,
        legal_basis="",
        valid_from=begins,
        valid_to=ends,
        source="test",
        place=name,
    )


@st.composite
def removals(draw: st.DrawFn) -> Removed:
    begins, ends = draw(periods())
    keys = [(kind, way) for kind in TYPES for way in Direction]
    chosen = draw(st.lists(st.sampled_from(keys), min_size=1, unique=True))
    return Removed(keys=tuple(chosen), valid_from=begins, valid_to=ends, place="")


@st.composite
def layers(draw: st.DrawFn) -> list[Layer]:
    """Up to four layers, in each of which no two entries meet."""
    found = []
    for number in range(draw(st.integers(1, 4))):
        rows = draw(st.lists(routes(f"layer {number}"), max_size=3))
        removed = draw(st.lists(removals(), max_size=2)) if number else []
        one = Layer({"routes": rows}, {"routes": removed})
        while any("given already" in fault for fault in overlay([one])[1]):
            one = Layer({"routes": one.rows["routes"][1:]}, {"routes": one.removed["routes"][1:]})
        found.append(one)
    return found


def said(layers: Sequence[Layer], kind: str, way: Direction, on: date) -> str | None:
    """What the last layer that says something of a key on a day says: whose row counts, if any."""
    answer = None
    for one in layers:
        for row in one.rows["routes"]:
            if kind in row.types and way in row.directions and row.in_force(on):
                answer = row.authority
        for removed in one.removed["routes"]:
            if (kind, way) in removed.keys and removed.valid_from <= on <= (removed.valid_to or date.max):
                answer = None
    return answer


@given(layers())
def test_on_each_day_the_last_layer_that_says_something_counts(layers: list[Layer]) -> None:
    rows, _ = overlay(layers)
    for on in DAYS:
        for kind in TYPES:
            for way in Direction:
                counting = [
                    row for row in rows["routes"] if kind in row.types and way in row.directions and row.in_force(on)
                ]
                assert [row.authority for row in counting] == [a for a in [said(layers, kind, way, on)] if a]


@given(layers(), st.randoms(use_true_random=False))
def test_the_order_of_rows_in_a_folder_never_matters(layers: list[Layer], chance: random.Random) -> None:
    shuffled = [
        Layer(
            {"routes": chance.sample(list(one.rows["routes"]), len(one.rows["routes"]))},
            {"routes": chance.sample(list(one.removed["routes"]), len(one.removed["routes"]))},
        )
        for one in layers
    ]
    one, other = compose("1", overlay(layers)[0]), compose("1", overlay(shuffled)[0])
    assert one == other


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_rows_in_the_delivered_files_never_matters(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    for path in (
        *CONFIG.glob("*.toml"),
        *CONFIG.glob("messages/*.toml"),
        *CONFIG.glob("requirements/*/*.toml"),
        *CONFIG.glob("supplementary_units/*.toml"),
    ):
        head, *blocks = re.split(r"(?m)^(?=\[\[)", path.read_text(encoding="utf-8"))
        chance.shuffle(blocks)
        (tmp_path / path.relative_to(CONFIG)).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path.relative_to(CONFIG)).write_text("\n".join([head, *blocks]), encoding="utf-8")
    assert load_tables(tmp_path) == load_tables(CONFIG)


NEW = """
[[document]]
types = ["X060"]
authority = "our own ministry"
adapter = "dual_use"
directions = ["export"]
legal_basis = "Law 1"
commodity = "required"
holder = "required"
party = "exporter"
destination = "required"
valid_from = 2027-01-01
valid_to = 2027-12-31
source = "Official Journal 1"
"""


def test_a_row_of_an_administration_counts_beside_ours(tmp_path: Path) -> None:
    tables = over(tmp_path / "own", documents=NEW)
    shipped = load_tables(CONFIG)
    assert (tables.version, tables.digest == shipped.digest) == (shipped.version, False)
    for on, ours in ((date(2026, 12, 31), False), (date(2027, 1, 1), True), (date(2027, 12, 31), True)):
        route = tables.at(on).route("X060", Direction.EXPORT)
        assert route is not None
        assert (route.authority == "our own ministry") is ours
        assert route.place.startswith(f"{tmp_path}/own/documents.toml:2") is ours
        other = tables.at(on).route("X070", Direction.EXPORT)
        assert other is not None
        assert other.authority == "the export licensing authority"
    after = tables.at(date(2028, 1, 1)).route("X060", Direction.EXPORT)
    assert after is not None
    assert (after.authority, after.place.startswith("documents.toml:")) == ("the export licensing authority", True)


def test_of_two_further_folders_the_later_one_counts(tmp_path: Path) -> None:
    first = layer(tmp_path / "first", documents=NEW, decisions='version = "own 1"\n')
    later = NEW.replace("our own ministry", "the newest ministry").replace("2027-12-31", "2027-06-30")
    second = layer(tmp_path / "second", documents=later)
    tables = load_tables(CONFIG, first, second)
    assert tables.version == f"{load_tables(CONFIG).version}+own 1"
    said = []
    for on in (date(2027, 6, 30), date(2027, 7, 1)):
        route = tables.at(on).route("X060", Direction.EXPORT)
        assert route is not None
        said.append(route.authority)
    assert said == ["the newest ministry", "our own ministry"]


def test_a_message_of_an_administration_stands_over_ours(tmp_path: Path) -> None:
    (tmp_path / "messages").mkdir()
    text = '[[message]]\ncode = "SW-DEC-001"\ntitle = "t"\nmessage = "our own words"\nremedy = "none"\n'
    (tmp_path / "messages" / "decisions.en.toml").write_text(text)
    tables = load_tables(CONFIG, tmp_path)
    assert tables.at(START).texts.rendered("SW-DEC-001", {}) == ("our own words", "none")
    assert len(tables.messages) == len(load_tables(CONFIG).messages)


REMOVAL = """
[[unit]]
word = "DTNG"
removed = true
valid_from = 2027-01-01
valid_to = 2027-03-31
source = "Circular 7"
"""


def test_a_row_is_removed_for_the_days_that_are_named(tmp_path: Path) -> None:
    tables = over(tmp_path, units=REMOVAL)
    known = [
        tables.at(on).unit("DTNG") is not None
        for on in (date(2026, 12, 31), date(2027, 1, 1), date(2027, 3, 31), date(2027, 4, 1))
    ]
    assert known == [True, False, False, True]


def test_a_set_is_put_together_again_from_its_text(tmp_path: Path) -> None:
    tables = over(tmp_path, documents=NEW, units=REMOVAL)
    again = read_written(written(tables), tables.digest)
    assert again == tables
    places = [[row.place for row in one.rows_of(into)] for one in (again, tables) for into in KINDS]
    assert places[: len(KINDS)] == places[len(KINDS) :]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"adapter":"traces"', '"novelty":"traces"'),
        ('"quantity":"ledger"', '"quantity":"novelty"'),
        ('"conversions":', '"novelties":'),
        ('"alternatives":[{', '"alternatives":[{"novelty":"traces",'),
    ],
)
def test_a_text_that_says_what_is_not_known_here_is_refused_not_passed_over(old: str, new: str) -> None:
    tables = load_tables(CONFIG)
    text = written(tables)
    assert old in text
    content = json.loads(text.replace(old, new))
    text = msgspec.json.encode(content, order="deterministic").decode()
    said = msgspec.json.encode([content["version"], content["rows"]], order="deterministic")
    with pytest.raises(ConfigurationError, match=r"say what this gateway does not know: .*novelt"):
        read_written(text, "sha256:" + sha256(said).hexdigest())


def test_where_rows_stand_changes_no_digest(tmp_path: Path) -> None:
    moved = shutil.copytree(CONFIG, tmp_path / "config")
    path = moved / "units.toml"
    path.write_text("# a remark\n\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    assert load_tables(moved).digest == load_tables(CONFIG).digest


def test_what_is_left_at_its_default_changes_no_digest() -> None:
    said = {"word": "XYZ", "unit": "KGM", "valid_from": START, "source": "test"}
    one, other = UnitWord(**said), UnitWord(**said, valid_to=None)  # type: ignore[arg-type]
    assert compose("1", {"units": [one]}).digest == compose("1", {"units": [other]}).digest


def test_a_later_folder_may_take_over_one_direction_of_a_row(tmp_path: Path) -> None:
    row = """
[[document]]
types = ["N853"]
authority = "the administration's own"
directions = ["import"]
legal_basis = "test"
valid_from = 2016-05-01
source = "test"
"""
    view = over(tmp_path, documents=row).at(START)
    ours, theirs = view.route("N853", Direction.IMPORT), view.route("N853", Direction.TRANSIT)
    assert ours is not None
    assert theirs is not None
    assert (ours.authority, theirs.authority) == ("the administration's own", "the border control post")
