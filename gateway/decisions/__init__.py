"""From facts to an explained decision: pure judgement over one declaration, its plan and what the authorities said.

All rules speak, the gravest finding wins, silence is a hold.
"""

from gateway.decisions.account import Intended
from gateway.decisions.assumed import as_if_held
from gateway.decisions.case import Case, Raised
from gateway.decisions.engine import Judgement, decide, unverified
from gateway.decisions.meaning import RULE_FAILED, Failure, sentences
from gateway.decisions.moved import ordered, with_standings
from gateway.decisions.rules.change import is_alert
from gateway.decisions.rules.contingency import INSIDE, TO_WRITE_OFF, VERIFIED_INSIDE
from gateway.decisions.ruleset import RULESET, Rule, faults

__all__ = [
    "INSIDE",
    "RULESET",
    "RULE_FAILED",
    "TO_WRITE_OFF",
    "VERIFIED_INSIDE",
    "Case",
    "Failure",
    "Intended",
    "Judgement",
    "Raised",
    "Rule",
    "as_if_held",
    "decide",
    "faults",
    "is_alert",
    "ordered",
    "sentences",
    "unverified",
    "with_standings",
]
