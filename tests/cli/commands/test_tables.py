"""What is in force of a code, and what a change of the tables changes, in words; and what is published with which reason."""

import json
import subprocess
from pathlib import Path

import psycopg
import pytest

from gateway.terminal.exits import Exit
from tests.builders.commands import Run, ran_apart, ran_here
from tests.builders.layers import layer
from tests.builders.running import clean_environment

SECRETS = (
    "TRACES_AUTHENTICATION_KEY",
    "CATCH_API_KEY",
    "CITES_API_KEY",
    "DUAL_USE_CLIENT_ID",
    "DUAL_USE_CLIENT_SECRET",
)
LAXER = (
    '[[document]]\ntypes = ["N853"]\ndirections = ["import"]\ndecided = false\nvalid_from = 2026-01-01\nsource = "x"\n'
)
STRICTER = '[[rule]]\ncodes = ["SW-DEC-010"]\neffect = "refuse"\nvalid_from = 2026-01-01\nsource = "Circular 6"\n'
CINNAMON = (
    '[[requirement]]\nmeasure = "cinnamon"\ncommodities = ["0906"]\ndirections = ["import"]\nall_of = [["C678"]]\n'
    'legal_basis = "Circular 9"\nvalid_from = 2027-01-01\nsource = "Circular 9"\n'
)
REASON = 'loosens = "Circular 7"\n'


def gateway(
    *arguments: str, url: str | None = None, tables: Path | None = None, run: Run = ran_here
) -> subprocess.CompletedProcess[str]:
    environment = {**clean_environment(), **dict.fromkeys(SECRETS, "-"), "COLUMNS": "300"}
    if url is not None:
        environment["GATEWAY_DATABASE_URL"] = url
    if tables is not None:
        environment["GATEWAY_TABLES"] = f'["{tables}"]'
    return run(environment, *arguments)


def test_what_is_in_force_of_a_document_is_said_in_words() -> None:
    done = gateway("tables", "show", "n853", "--on", "2026-11-25", run=ran_apart)
    assert (done.returncode, done.stderr) == (0, "")
    assert "document N853; import, transit\n" in done.stdout
    assert "   the authority's decision has to fit the procedure: yes\n" in done.stdout
    assert "   statements that contradict it: Y930, Y931\n" in done.stdout
    assert "requirement veterinary control of fishery products\n" in done.stdout
    assert "tolerance traces\n" in done.stdout
    assert "window C640, N853, C678, C085\n   a contingency window may: hold, manual\n" in done.stdout
    assert "since 2019-12-14 (documents.toml:" in done.stdout


def test_what_is_in_force_changes_with_the_day() -> None:
    paper = gateway("tables", "show", "C673", "--on", "2026-01-09").stdout
    catch = gateway("tables", "show", "C673", "--on", "2026-01-10").stdout
    assert "asked through the adapter: catch" not in paper
    assert "asked through the adapter: catch" in catch


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (("N999",), Exit.DIFFERENT, "nothing in force names N999"),
        (("bananas",), Exit.USAGE, "is no document code"),
        (("N853", "--on", "tomorrow"), Exit.USAGE, "a day is written as in"),
        (("SW-DEC-010",), Exit.RELEASE, "rule SW-DEC-010, SW-DEC-023"),
        (("SW-ADP-01",), Exit.RELEASE, "a contingency window covers it: yes"),
    ],
)
def test_other_codes_are_told_or_said_to_be_none(arguments: tuple[str, ...], status: Exit, says: str) -> None:
    done = gateway("tables", "show", *arguments)
    assert done.returncode == status
    assert says in " ".join((done.stdout + done.stderr).split())


def test_a_folder_is_shown_over_the_configured_files(tmp_path: Path) -> None:
    folder = layer(tmp_path / "own", documents=LAXER + REASON)
    done = gateway("tables", "show", "N853", "--on", "2026-11-25", "--set", str(folder))
    assert "has to fit the procedure: no\n" in done.stdout
    assert "   may loosen earlier rows: Circular 7\n" in done.stdout
    assert f"({folder}/documents.toml:1; source: x)" in done.stdout


def test_what_a_change_changes_is_said_and_what_loosens_is_marked(tmp_path: Path) -> None:
    own = layer(tmp_path / "own", documents=LAXER, findings=STRICTER)
    done = gateway("tables", "diff", "configured", str(own), run=ran_apart)
    assert done.returncode == Exit.DIFFERENT, done.stderr
    assert "effect" in done.stdout
    assert (
        f"{own}/documents.toml:1: loosens: document N853, import: the authority's decision does not have to fit the procedure any "
        "more (decided: yes -> no), from 2026-01-01\n"
    ) in done.stdout
    assert "SW-DEC-010: the finding has a weaker effect" not in done.stdout
    back = gateway("tables", "diff", str(own), "configured")
    assert "SW-DEC-010: the finding has a weaker effect (effect: refuse -> hold), from 2026-01-01" in back.stdout
    same = gateway("tables", "diff", "configured", "configured")
    assert (same.returncode, same.stdout.splitlines()[-1]) == (0, "both say the same")
    strict = layer(tmp_path / "strict", findings=STRICTER)
    assert gateway("tables", "diff", "configured", str(strict)).returncode == 0


def test_what_a_change_changes_is_said_by_goods_against_the_set_in_force(database_url: str, tmp_path: Path) -> None:
    assert gateway("tables", "publish", url=database_url).returncode == 0
    own = layer(tmp_path / "own", requirements=CINNAMON, documents=LAXER)
    sets = ("tables", "diff", "in-force", str(own), "--by-goods", "--on", "2026-12-01")
    done = gateway(*sets, url=database_url, run=ran_apart)
    assert (done.returncode, done.stderr) == (Exit.DIFFERENT, "")
    assert "chapter 09, cinnamon: tightens: imports of 0906 now need C678 from 2027-01-01\n" in done.stdout
    assert (
        "): loosens: the authority's decision does not have to fit the procedure any more (decided: yes -> no)"
        in done.stdout
    )
    assert done.stdout.endswith("tightens: 1\nloosens: 1\nother: 0\n")
    body = json.loads(gateway(*sets, "--json", url=database_url).stdout)
    (cinnamon,), (decided,) = body["goods"], body["documents"]
    assert (body["on"], cinnamon["chapters"], cinnamon["measure"]) == ("2026-12-01", ["09"], "cinnamon")
    (part,) = cinnamon["parts"]
    assert (part["whole"], part["prefixes"], part["but"]) == (False, ["0906"], [])
    change = part["change"]
    assert (change["way"], change["movements"], change["valid_from"]) == ("tightens", ["import"], "2027-01-01")
    assert change["origins"] == {"named": [], "all_but": True}
    assert [one["documents"] for one in change["after"]] == [["C678"]]
    assert (decided["way"], decided["documents"]) == ("loosens", ["N853, import"])
    assert [one["table"] for one in body["changes"]] == ["document", "requirement"]
    strict = layer(tmp_path / "strict", findings=STRICTER)
    others = gateway("tables", "diff", str(strict), "in-force", "--by-goods", url=database_url)
    assert others.returncode == Exit.DIFFERENT
    assert others.stdout.endswith("of rows that name no goods loosen: 1 (without --by-goods they are named)\n")
    same = gateway("tables", "diff", "in-force", "configured", "--by-goods", url=database_url)
    assert (same.returncode, same.stdout.splitlines()[2:]) == (0, ["tightens: 0", "loosens: 0", "other: 0"])


def test_the_check_names_what_loosens(tmp_path: Path) -> None:
    silent = gateway("check", tables=layer(tmp_path / "silent", documents=LAXER))
    assert silent.returncode == Exit.CONFIGURATION
    assert (
        f"{tmp_path}/silent/documents.toml:1: document N853, import: the authority's decision does not" in silent.stderr
    )
    assert 'say why in the row: loosens = "reason"' in silent.stderr
    said = gateway("check", tables=layer(tmp_path / "said", documents=LAXER + REASON))
    assert said.returncode == 0, said.stderr
    assert "documents.toml:1: loosens: document N853, import:" in said.stdout
    assert "reason: Circular 7" in said.stdout


def test_the_check_tells_far_days(tmp_path: Path) -> None:
    far = '[[unit]]\nword = "XYZ"\nunit = "KGM"\nvalid_from = 2072-01-01\nsource = "x"\nloosens = "y"\n'
    done = gateway("check", tables=layer(tmp_path / "far", units=far))
    assert done.returncode == 0, done.stderr
    assert f"{tmp_path}/far/units.toml:1: valid_from: 2072-01-01 is more than ten years ahead" in done.stdout


def orders(url: str) -> list[tuple[str, str | None]]:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT digest, loosens FROM table_switch ORDER BY number").fetchall()


@pytest.mark.whole
def test_what_loosens_is_named_needs_a_reason_and_waits_for_a_second_person(database_url: str, tmp_path: Path) -> None:
    strict = layer(tmp_path / "strict", findings=STRICTER)
    first = gateway("tables", "publish", url=database_url, tables=strict, run=ran_apart)
    assert first.returncode == 0, first.stderr
    assert "comes into force at" in first.stdout
    # Back to the delivered rows: no row gives a reason, so the order has to.
    refused = gateway("tables", "publish", url=database_url)
    assert refused.returncode == Exit.CONFIGURATION
    assert "SW-DEC-010: the finding has a weaker effect (effect: refuse -> hold)" in refused.stderr
    assert "say with --reason why this is meant" in refused.stderr
    waits = gateway("tables", "publish", "--reason", "Circular 8", url=database_url)
    assert waits.returncode == 0, waits.stderr
    assert "loosens: rule SW-DEC-010" in waits.stdout
    assert "it waits for a second person's approval" in waits.stdout
    # A row that gives its reason needs no other, and waits all the same.
    lax = layer(tmp_path / "lax", documents=LAXER + REASON, findings=STRICTER)
    said = gateway("tables", "publish", url=database_url, tables=lax)
    assert "reason: Circular 7" in said.stdout
    assert "it waits for a second person's approval" in said.stdout
    assert [loosens for _, loosens in orders(database_url)] == [None]
    # What is stricter still comes into force at once, also when it was stored before.
    stricter = layer(tmp_path / "stricter", findings=STRICTER.replace("010", "012"), requirements=WIDER)
    both = layer(tmp_path / "both", findings=STRICTER + STRICTER.replace("010", "012"), requirements=WIDER)
    assert "it waits" in gateway("tables", "publish", "--reason", "x", url=database_url, tables=stricter).stdout
    assert "comes into force" in gateway("tables", "publish", url=database_url, tables=both).stdout
    (digest, _), (newest, _) = orders(database_url)
    back = gateway("tables", "switch", digest, url=database_url, run=ran_apart)
    assert back.returncode == Exit.CONFIGURATION
    assert "SW-DEC-012: the finding has a weaker effect" in back.stderr
    listed = gateway("tables", "list", url=database_url, run=ran_apart)
    assert "in force" in listed.stdout
    named = gateway("tables", "diff", "in-force", digest[7:20], url=database_url)
    assert (named.returncode, "SW-DEC-012" in named.stdout) == (Exit.DIFFERENT, True), named.stderr
    assert newest in named.stdout


WIDER = (
    '[[requirement]]\nmeasure = "catch certificate"\ncommodities = ["03", "1604", "1605", "0511"]\n'
    'valid_from = 2026-01-01\nsource = "Circular 6"\n'
)
