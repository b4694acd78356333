"""What the file of a wing says is what the rooms below go by."""

import re
import tomllib
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from gateway.domain.events import Event, EventKind
from gateway.settings import load
from gateway.settings.certificate_files import certificate_files
from gateway.store.chain import expected, verify_rows
from gateway.store.coverage import DIGEST, PLAIN, WORDS, of_wings
from gateway.store.covered_rows import cover
from gateway.store.statements import STATEMENTS
from gateway.wing_files import FILE, WINGS, WingFile, wing_files, wing_folders
from gateway.wings.listed import WINGS as OPENED
from gateway.wings.webhooks.settings import WebhookSettings
from tests.builders.places import ROOT

GATEWAY = ROOT / "gateway"


def test_each_folder_with_a_file_is_a_wing_that_is_opened() -> None:
    assert {one.name for one in wing_files()} == {wing.__module__.split(".")[2] for wing in OPENED}
    folders = [one for one in WINGS.iterdir() if one.is_dir() and (one / "__init__.py").is_file()]
    assert all((one / FILE).is_file() for one in folders)
    with_pages = [one.folder / "templates" for one in wing_files() if (one.folder / "templates").is_dir()]
    assert wing_folders("templates") == tuple(with_pages)
    assert len(with_pages) > 1
    assert wing_folders("nothing of the kind") == ()


def test_what_erases_is_a_statement() -> None:
    for wing in wing_files():
        assert {table.erases for table in wing.tables.values() if table.erases} <= STATEMENTS.keys(), wing.name


@pytest.mark.parametrize("table", [{}, {"working": "a figure", "covered": {"key": ["number"]}}])
def test_a_table_is_either_covered_or_says_why_not(table: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError, match="either covered"):
        msgspec.convert({"name": "x", "tables": {"y": {"rights": [], **table}}}, WingFile)


def test_no_two_say_the_same() -> None:
    """One would take the other's place: of the kernel's files and those of all wings, each name is one's."""
    kernel = {
        "tables": tomllib.loads((GATEWAY / "store/serving_role.toml").read_text(encoding="utf-8"))["tables"],
        "resources": tomllib.loads((GATEWAY / "resources/listed.toml").read_text(encoding="utf-8")),
        "refusals": tomllib.loads((GATEWAY / "api/operations.toml").read_text(encoding="utf-8"))["refusals"],
        "commands": tomllib.loads((GATEWAY / "cli/commands.toml").read_text(encoding="utf-8"))["commands"],
        "groups": tomllib.loads((GATEWAY / "cli/commands.toml").read_text(encoding="utf-8"))["groups"],
        "log_events": {},
        "span_values": {},
    }
    for what, own in kernel.items():
        named = Counter([*own, *(name for wing in wing_files() for name in getattr(wing, what))])
        assert [name for name, times in named.items() if times > 1] == [], what
    folders = (GATEWAY / "store/migrations", *wing_folders("migrations"))
    files = Counter(file.name for folder in folders for file in folder.glob("*.sql"))
    assert [name for name, times in files.items() if times > 1] == []


def test_a_table_that_events_cover_is_covered_as_its_file_says() -> None:
    text = """
    name = "suspensions"
    [tables.suspension]
    rights = ["INSERT", "UPDATE"]
    [tables.suspension.covered]
    key = ["number"]
    reported = {state = "plain", body = "digest", reason = "words"}
    once = ["body"]
    otherwise = {salt = "the salt of the reason"}
    working = {due_at = "when it is looked at"}
    """
    (covered,) = of_wings([msgspec.convert(tomllib.loads(text), WingFile)])
    assert (covered.name, covered.owner, covered.key) == ("suspension", "declaration_id", ("number",))
    assert covered.reported == {"state": PLAIN, "body": DIGEST, "reason": WORDS}
    assert covered.columns().keys() == {"number", "state", "body", "reason", "salt", "due_at"}
    assert covered.once == {"body"}

    row = {
        "declaration_id": "d",
        "number": 1,
        "state": "open",
        "body": "{}",
        "reason": "Why",
        "salt": "s",
        "due_at": None,
    }
    event = Event(kind=EventKind.ASSESSMENT_REQUESTED, at=datetime.now(UTC), body={})
    sealed = cover([event], {covered.place(row): covered.report(row)}, seq=0, head="")
    events = [{"seq": one.seq, "kind": one.kind.value, "text": one.text} for one in sealed]

    def faults(**changed: object) -> list[str]:
        return list(verify_rows(expected(events), [covered], {"suspension": [{**row, **changed}]}))

    assert faults() == faults(due_at="now") == []
    assert faults(state="closed") == ["suspension 1: state is not what event 1 tells"]
    assert faults(reason="Because") == ["suspension 1: reason is not what event 1 tells"]
    assert faults(number=2)[0] == "suspension 2: no event tells of it"


def test_a_key_that_nobody_knows_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="rihgts"):
        msgspec.convert({"name": "x", "tables": {"y": {"rihgts": []}}}, WingFile)


def test_nobody_else_runs_a_statement_of_a_wing() -> None:
    """Not by its name either, which no import rule sees; what erases, `wing.toml` says."""
    for wing in wing_files():
        text = "".join(file.read_text(encoding="utf-8") for file in wing.folder.glob("*.sql"))
        own = re.findall(r"^-- name: (\w+)", text, re.MULTILINE)
        others = [file for file in GATEWAY.rglob("*.py") if not file.is_relative_to(wing.folder)]
        run = re.compile(rf'\b(?:rows?|run|rows_of)\((?:connection, )?"(?:{"|".join(own)})"')
        assert [file.name for file in others if own and run.search(file.read_text(encoding="utf-8"))] == [], wing.name


def test_settings_of_a_wing_are_read_and_its_certificates_known() -> None:
    settings = load({"GATEWAY_WEBHOOKS__CA_FILE": str(ROOT / "README.md"), "GATEWAY_WEBHOOKS__OF_ONE": "3"})
    assert settings.of_wing(WebhookSettings).of_one == 3
    assert [one.name for one in certificate_files(settings) if one.name.startswith("webhooks")] == ["webhooks.ca_file"]
