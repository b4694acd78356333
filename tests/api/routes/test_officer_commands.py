"""The commands of officers: each act from the command line, by MRN or LRN, with the status that says what became of it."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.api.asking import Goods
from tests.api.lodging import lodge
from tests.api.routes.two_persons import refused
from tests.builders.commands import ran_here
from tests.builders.door import KEYS, OWN, Door
from tests.builders.running import REAL, clean_environment


class Hands:
    """People at the command line."""

    def __init__(self, door: Door) -> None:
        self.door = door

    def __call__(self, who: str, expected: int, *arguments: str) -> str:
        """Runs a command under somebody's key, and gives what it prints."""
        environment: Mapping[str, str] = {**clean_environment(), "GATEWAY_API_KEY": KEYS[who], "COLUMNS": "200"}
        done = ran_here(environment, *arguments, f"--url={self.door.url}")
        assert done.returncode == expected, done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def hands(door: Door) -> Hands:
    return Hands(door)


def test_a_case_is_verified_assessed_and_released_in_part(door: Door, hands: Hands) -> None:
    goods = Goods(door).lodged()
    stated = ("--outcome=not_found", "--means=paper", "--reason=no such paper")
    assert goods.mrn in hands("officer", 10, "verify", goods.mrn, "N853", goods.certificate, *stated, "--seen=1.1")
    told = hands("officer", 30, "verify", goods.id, "N853", goods.certificate, *stated, "--quantity=1", "--unit=KGM", "--seen=1.1")  # fmt: skip
    assert "SW-API-605" in told
    assert "There stands 1.2: hold" in told
    stated = ("--outcome=valid", "--means=telephone", "--reason=it was found")
    hands("officer", 0, "verify", goods.mrn, "N853", goods.certificate, *stated)
    assert "release" in hands("colleague", 0, "assess", goods.lrn, f"--declarant={OWN}")
    assert "SW-API-429" in hands("officer", 30, "assess", goods.lrn)
    hands("customs", 0, "release", goods.mrn, "--item=1=1000KGM", "--reference=R-1")
    hands("customs", 0, "release", goods.mrn)
    assert goods.shown()["release"]["whole"]


def test_a_refusal_is_confirmed_and_overridden_by_two(door: Door, hands: Hands) -> None:
    lodged = refused(door)
    hands("officer", 20, "confirm", lodged["id"], "--heard")
    waits = hands("officer", 10, "override", lodged["id"], "--reason=perishable")
    assert "waits for a second person" in waits
    (approval,) = [
        one["id"] for one in door["officer"].get(f"/v1/approvals?declaration={lodged['id']}").json()["items"]
    ]
    assert approval in waits.replace("\n", "")
    assert "SW-API-602" in hands("other hand", 30, "approve", approval)
    assert hands("colleague", 0, "approve", approval, "--reason=seen") == f"override on {lodged['mrn']}: approved\n"


def test_a_write_off_is_corrected_and_a_declaration_accepted(door: Door, hands: Hands) -> None:
    goods = Goods(door).lodged()
    line = ("N853", goods.certificate, "--line=1:1=100KGM", "--reason=counted")
    assert "second person" in hands("officer", 10, "intervene", goods.mrn, "force", *line)
    traders = Goods(door).lodged("trader", mrn=False)
    wrong = ("--at=2026-03-02T09:12:00Z", f"--mrn={goods.mrn}")
    assert "SW-API-614" in hands("customs", 30, "accept", traders.lrn, *wrong), "that is the other one's"


def test_what_is_not_understood_is_said_before_anything_is_sent(door: Door, hands: Hands) -> None:
    early = lodge(door["customs"], "08").json()
    hands("customs", 64, "release", early["id"], "--item=one")
    hands("customs", 64, "release", early["id"], "--item=1=5")
    hands("officer", 64, "intervene", early["id"], "force", "N853", "X", "--line=1=5KGM", "--reason=x")
    hands("officer", 64, "confirm", early["id"], "--seen=now")
    hands("officer", 64, "override", early["id"])
    assert "SW-API-611" in hands("customs", 30, "release", early["id"])
    assert "SW-API-404" in hands("customs", 30, "release", "NO-SUCH-LRN")
    no_report = (early["id"], "3", "L100", "ODS.IMP.2026.1", "--reason=by telephone")
    assert "SW-API-404" in hands("officer", 30, "reported", *no_report), "no report of it is required"
    assert "SW-API-403" in hands("trader", 30, "reported", *no_report)
    assert "SW-API-403" in hands("trader", 30, "release", early["id"])


@pytest.mark.parametrize("width", ["80", "200"])
def test_the_list_is_read_at_80_columns_and_as_json(door: Door, width: str) -> None:
    lodged = lodge(door["customs"]).json()
    environment = {**clean_environment(), "GATEWAY_API_KEY": KEYS["officer"], "COLUMNS": width}
    asked = ("list", f"--lrn={lodged['lrn']}", "--newest", f"--url={door.url}")
    table = ran_here(environment, *asked)
    assert table.returncode == 10, table.stderr
    lines = table.stdout.splitlines()
    assert max(map(len, lines)) <= int(width)
    for name in (lodged["id"], lodged["mrn"]):
        assert any(name in line for line in lines), "what is cut cannot be copied"
    as_json = ran_here(environment, *asked, "--json")
    (row,) = json.loads(as_json.stdout)["items"]
    assert (row["id"], row["mrn"], as_json.returncode) == (lodged["id"], lodged["mrn"], 10)
    nothing = ran_here(environment, "list", "--lrn=none-such", "--json", f"--url={door.url}")
    assert (json.loads(nothing.stdout), nothing.returncode) == ({"items": []}, 0)


def test_commands_on_the_database_take_every_name(door: Door, api_database: str, tmp_path: Path) -> None:
    lodged = lodge(door["customs"]).json()
    environment = {**clean_environment(), **REAL, "GATEWAY_DATABASE_URL": api_database, "COLUMNS": "200"}
    for named in ((lodged["id"],), (lodged["mrn"],), (lodged["lrn"], f"--declarant={OWN}")):
        replayed = ran_here(environment, "replay", *named)
        assert replayed.returncode == 0, replayed.stdout + replayed.stderr
        taken = ran_here(environment, "case", "export", *named, f"--out={tmp_path / 'case.zip'}", "--officer=Ann")
        assert taken.returncode == 0, taken.stdout + taken.stderr
        erased = ran_here(environment, "erase", "words", *named, "--reason=asked for")
        assert erased.stdout.startswith(f"{lodged['id']}: words erased"), erased.stdout + erased.stderr
    for command in (["replay"], ["case", "export"], ["settle"]):
        unknown = ran_here(environment, *command, "26FR00000000000002")
        assert unknown.returncode not in {0, 1, 10}, unknown.stdout


def test_sentences_about_approvals_name_who_asked(door: Door, hands: Hands) -> None:
    lodged = refused(door)
    hands("officer", 10, "override", lodged["id"], "--reason=perishable")
    found = door["officer"].get(f"/v1/declarations/{lodged['id']}/events?sentences=true").json()["items"]
    (asked,) = [one for one in found if one["kind"] == "approval.asked"]
    assert (asked["actor"]["person"], asked["actor"]["role"]) == ("Ann", "officer")
