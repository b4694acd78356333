"""The shipped tables serve the rules, and a faulty table is refused with its place."""

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from gateway.contract import Direction, Refusal
from gateway.decisions import faults
from gateway.domain.decision import Mode
from gateway.domain.errors import ConfigurationError
from gateway.domain.texts.messages import Message
from gateway.domain.verification import DocumentStatus
from gateway.settings.tables import load_tables
from tests.builders.places import CONFIG
from tests.builders.small_cases import DAY, altered
from tests.builders.story import shipped

FILES = (
    "applications.toml",
    "documents.toml",
    "document_classes.toml",
    "document_elements.toml",
    "code_lists.toml",
    "requirements.toml",
    "findings.toml",
    "contingency.toml",
    "advice.toml",
    "answers.toml",
    "decisions.toml",
    "units.toml",
    "changes.toml",
    "countries.toml",
    "credibility.toml",
    "identifiers.toml",
    "exchange_rates.toml",
    "holidays.toml",
    "time_limits.toml",
    "messages/decisions.en.toml",
    "messages/measures.en.toml",
    "messages/records.en.toml",
    "messages/movements.en.toml",
    "messages/words.en.toml",
    "messages/units.en.toml",
    "messages/codes.en.toml",
    "messages/statements.en.toml",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "messages").mkdir()
    parts = [
        str(path.relative_to(CONFIG))
        for name in (
            "messages/*.*.en.toml",
            "document_classes.*.toml",
            "**/*.formalities*.toml",
            "suspensions.toml",
            "controls.toml",
            "indicators.toml",
        )
        for path in CONFIG.glob(name)
    ]
    for name in (*FILES, *parts):
        shutil.copy(CONFIG / name, tmp_path / name)
    for name in ("requirements", "supplementary_units"):
        shutil.copytree(CONFIG / name, tmp_path / name)
    return tmp_path


def test_the_shipped_tables_and_messages_serve_every_rule() -> None:
    assert faults(shipped()) == ()


def test_every_status_fault_and_refusal_has_a_finding() -> None:
    view = shipped().at(DAY)
    said = {s for s in DocumentStatus if view.status_rule(s, successor=False)}
    said_by_none = {DocumentStatus.VALID, DocumentStatus.UNDETERMINED, DocumentStatus.UNROUTED, DocumentStatus.NOT_TOLD}
    assert said == set(DocumentStatus) - said_by_none
    assert all(view.cause_rule(f"SW-ADP-0{n}") for n in (1, 2, 3, 4))
    assert len({view.refusal_rule(reason) for reason in Refusal} - {None}) == len(Refusal)


def test_only_connected_authorities_are_routed_to() -> None:
    assert sorted(shipped().adapters()) == ["catch", "cites", "dual_use", "traces"]
    assert all(route.place.startswith("documents.toml:") for route in shipped().adapters().values())


def test_rows_change_with_the_day() -> None:
    eve, day = shipped().at(date(2026, 12, 29)), shipped().at(date(2026, 12, 30))
    assert eve.route("C716", Direction.IMPORT) is None
    assert day.route("C716", Direction.IMPORT) is not None
    paper, electronic = shipped().at(date(2026, 1, 9)), shipped().at(date(2026, 1, 10))
    route = paper.route("C673", Direction.IMPORT)
    assert route is not None
    assert route.adapter is None
    assert (electronic.route("C673", Direction.IMPORT) or route).adapter == "catch"


def test_a_day_s_view_is_kept() -> None:
    assert shipped().at(DAY) is shipped().at(DAY)


def test_the_digest_is_that_of_the_content(folder: Path) -> None:
    assert load_tables(folder).digest == shipped().digest
    text = (folder / "units.toml").read_text()
    (folder / "units.toml").write_text("# a remark\n" + text)
    assert load_tables(folder).digest == shipped().digest
    (folder / "units.toml").write_text(text.replace('factor = "0.001"', 'factor = "0.002"'))
    assert load_tables(folder).digest != shipped().digest


ROW = '[[unit]]\nword = "XYZ"\nunit = "XYZ"\nvalid_from = 2016-05-01\nsource = "test"\n'


@pytest.mark.parametrize(
    ("row", "at", "says"),
    [
        ("unknown_key = 1\n", 6, "unknown key 'unknown_key'"),
        ('factor = "-1"\n', 6, "no such figure"),
        ('factor = "NaN"\n', 6, "no such figure"),
        ("factor = [1]\n", 6, "Expected"),
        ("valid_to = 2010-01-01\n", 6, "lies before valid_from"),
        (ROW, 6, "is given already at units.toml:"),
        ('[[unit]]\nword = "ABC"\n', 6, "source is missing"),
        ("[[novelty]]\nx = 1\n", 6, "unknown table or key 'novelty'"),
    ],
)
def test_a_fault_names_file_and_line(folder: Path, row: str, at: int, says: str) -> None:
    path = folder / "units.toml"
    before = path.read_text()
    path.write_text(before + ROW + row)
    with pytest.raises(ConfigurationError) as refused:
        load_tables(folder)
    line = before.count("\n") + at
    assert any(fault.startswith(f"units.toml:{line}: ") and says in fault for fault in refused.value.faults), (
        refused.value.faults
    )


def test_all_faults_of_all_files_are_said_at_once(folder: Path) -> None:
    (folder / "units.toml").unlink()
    (folder / "requirements.toml").write_text("[[requirement]\n")
    (folder / "decisions.toml").write_text("version = 3\n")
    text = (folder / "documents.toml").read_text()
    (folder / "documents.toml").write_text(text.replace('types = ["C640"]', 'types = ["c640"]', 1))
    with pytest.raises(ConfigurationError) as refused:
        load_tables(folder)
    said = "\n".join(refused.value.faults)
    assert "units.toml: the file is missing" in said
    assert f"{folder}: it lacks units.toml, as a copy of what an older version delivered does" in said
    assert "requirements.toml:1: not TOML" in said
    assert "decisions.toml:1: version: a text is needed" in said
    assert "'c640' is no document code" in said


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('commodity = "required"\n', 'commodity = "when_named"\n', 'needs commodity = "required"'),
        ('quantity = "usage"\nreserves = ["01", ', 'quantity = "usage"\nreserves = [] # ', "`reserves` has to name"),
        ('reserves = ["01"', 'reserves = []\nx = ["01"', "unknown key 'x'"),
        ('adapter = "traces"\ndirections = ["import", "transit"]', 'directions = ["sideways"]', "sideways"),
        ("form = 'CHED(", "form = 'CHED((", "no regular expression"),
    ],
)
def test_a_route_that_would_let_something_slip_is_refused(folder: Path, old: str, new: str, says: str) -> None:
    text = (folder / "documents.toml").read_text()
    assert old in text
    (folder / "documents.toml").write_text(text.replace(old, new, 1))
    with pytest.raises(ConfigurationError, match=r"documents\.toml:\d+: ") as refused:
        load_tables(folder)
    assert any(says in fault for fault in refused.value.faults), refused.value.faults


def test_faults_between_tables_and_rules_are_said() -> None:
    without = altered(
        rules=lambda rows: rows[1:],
        messages=lambda rows: rows[2:],
        modes=lambda rows: (*rows, type(rows[0])(rule="SW-DEC-666", mode=Mode.SHADOW, valid_from=DAY, source="t")),
    )
    said = "\n".join(faults(without))
    assert "SW-DEC-001: no [[rule]] row says what it means" in said
    assert "SW-DEC-002: the catalogue has no message for it" in said
    assert "SW-DEC-666 is no rule's finding" in said


def test_a_sentence_stands_once_in_all_files(folder: Path) -> None:
    again = '[[message]]\ncode = "SW-DEC-001"\ntitle = "t"\nmessage = "m"\nremedy = "r"\n'
    path = folder / "messages" / "movements.en.toml"
    path.write_text(path.read_text() + again)
    with pytest.raises(ConfigurationError, match=r"SW-DEC-001 is given already at messages/decisions\.en\.toml:"):
        load_tables(folder)


@pytest.mark.parametrize("text", ["{amount} too much", "{type.__class__}", "{type!r}", "{type", "{}"])
def test_a_message_with_other_parameters_is_a_fault(text: str) -> None:
    def change(rows: tuple[Message, ...]) -> tuple[Message, ...]:
        return tuple(replace(row, message=text) if row.code == "SW-DEC-070" else row for row in rows)

    assert faults(shipped()) == ()
    (fault,) = faults(altered(messages=change))
    assert fault.startswith("messages/decisions.en.toml:")
