"""The commands of officers: each act from the command line, by MRN or LRN, with the status that says what became of it."""

from collections.abc import Mapping

import pytest

from tests.api.asking import Goods
from tests.api.lodging import lodge
from tests.api.routes.two_persons import refused
from tests.builders.commands import ran_here
from tests.builders.door import KEYS, OWN, Door
from tests.builders.running import clean_environment


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
    assert "SW-API-403" in hands("trader", 30, "release", early["id"])
