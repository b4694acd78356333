"""From facts to an explained decision: pure judgement over one declaration, its plan and what the authorities said.

All rules speak, the gravest finding wins, silence is a hold.
"""

from gateway.decisions.account import Intended
from gateway.decisions.assumed import as_if_held, lacking
from gateway.decisions.case import Case, Raised
from gateway.decisions.changes import Change, change, counting_shadows, explained_by
from gateway.decisions.engine import Judgement, decide, unverified
from gateway.decisions.meaning import RULE_FAILED, Failure, sentences
from gateway.decisions.moved import ordered, with_standings
from gateway.decisions.rules.change import is_alert
from gateway.decisions.rules.contingency import INSIDE, TO_WRITE_OFF, VERIFIED_INSIDE
from gateway.decisions.rules.reservations import PARTLY_RELEASED
from gateway.decisions.ruleset import RULES, RULESET, Rule, RuleSet, faults, unserved
from gateway.decisions.tally import About, Counted, Fault, Tally
from gateway.decisions.undetermined import ALWAYS_HELD, BECOMES_KNOWN, Way

__all__ = [
    "ALWAYS_HELD",
    "BECOMES_KNOWN",
    "INSIDE",
    "PARTLY_RELEASED",
    "RULES",
    "RULESET",
    "RULE_FAILED",
    "TO_WRITE_OFF",
    "VERIFIED_INSIDE",
    "About",
    "Case",
    "Change",
    "Counted",
    "Failure",
    "Fault",
    "Intended",
    "Judgement",
    "Raised",
    "Rule",
    "RuleSet",
    "Tally",
    "Way",
    "as_if_held",
    "change",
    "counting_shadows",
    "decide",
    "explained_by",
    "faults",
    "is_alert",
    "lacking",
    "ordered",
    "sentences",
    "unserved",
    "unverified",
    "with_standings",
]
