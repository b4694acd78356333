"""Rule sets that an administration could have beside ours; the command line takes them by name."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

from gateway.decisions import RULES, Raised, Rule, RuleSet
from gateway.decisions.case import OpenedCase

WITHOUT_NOTHING_TO_VERIFY = RuleSet(
    facts=tuple(rule for rule in RULES.facts if rule.name != "nothing_to_verify"), movements=RULES.movements
)


def waits(file: OpenedCase) -> tuple[Raised, ...]:
    """Says that it was asked, and waits as long as the file is there that says so."""
    here = Path(os.environ["GATEWAY_TEST_WAITING"]) / str(os.getpid())
    here.touch()
    while here.exists():
        time.sleep(0.05)
    return ()


WAITING = RuleSet(facts=(Rule(check=waits, codes=()),), movements=())


def speaks(file: OpenedCase) -> Iterator[Raised]:
    """Raises a finding that no table knows."""
    yield Raised(code="SW-DEC-899")


UNSERVED = RuleSet(facts=(Rule(check=speaks, codes=("SW-DEC-899",)),), movements=())
NO_RULE_SET = ("rules",)
