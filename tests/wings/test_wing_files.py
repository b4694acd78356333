"""What the file of a wing says is what the rooms below go by."""

import re
import tomllib

import msgspec
import pytest

from gateway.settings import load
from gateway.settings.certificate_files import certificate_files
from gateway.store.coverage import DIGEST, PLAIN, WORDS, of_wings
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
    assert wing_folders("templates") == tuple(one.folder / "templates" for one in wing_files())
    assert wing_folders("nothing of the kind") == ()


def test_each_table_is_covered_or_says_why_not() -> None:
    for wing in wing_files():
        for name, table in wing.tables.items():
            assert bool(table.working) is (table.covered is None), f"{wing.name}: {name}"
            assert not table.erases or table.erases in STATEMENTS, f"{wing.name}: {name}"


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
