"""When a serving process sends a statement to its database that not every declaration needs."""

import re

from tests.builders.consignments import WAIT_S
from tests.builders.databases import Databases
from tests.builders.places import ROOT
from tests.builders.running import Authorities, lodgeable, served
from tests.builders.sent_statements import named
from tests.builders.tap import tapped


def of_controls() -> set[str]:
    """Gives the names of the statements of control orders."""
    files = (ROOT / "gateway" / "wings" / "controls").glob("*.sql")
    return {name for file in files for name in re.findall("^-- name: (.+)$", file.read_text(encoding="utf-8"), re.M)}


def test_what_a_declarant_was_told_is_counted_from_its_second_declaration_on(
    simulated: Authorities, databases: Databases
) -> None:
    with databases.one() as url, tapped(url) as tap:
        environment = {**simulated.environment, "GATEWAY_DATABASE_URL": tap.url}
        with served(environment, "--processes=1") as running, running.client() as gateway:
            for number, counted in enumerate((False, True)):
                raw = lodgeable("01", f"TOLD-{number}")
                assert gateway.lodge(raw, "application/xml", wait_s=WAIT_S).body["state"] == "decided"
                sent = {named().get(one) for one in tap.statements()}
                assert ("told_often" in sent) is counted
                # Nothing of suspensions is read or written where there is none; the jobs of each minute look for what is due.
                assert not sent & {
                    "suspensions_of",
                    "suspension_time",
                    "suspended",
                    "pushed_event",
                    "receive_event",
                    "stated_with",
                }
                # Nor of orders of control, packs and operators, but for the ledger, which each process reads, and those jobs.
                assert {"risk_ledger"} <= sent & of_controls() <= {"risk_ledger", "examinations_to_follow"}
