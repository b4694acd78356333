"""The judgement from facts to an explained decision: pure, over one declaration, its plan and the authorities' answers.

All rules are asked, the gravest finding wins, silence is a hold.
"""

from gateway.decisions.account import Intended
from gateway.decisions.assumed import as_if_held, lacking
from gateway.decisions.case import Case, Raised
from gateway.decisions.engine import Judgement, decide, unverified
from gateway.decisions.findings import RULE_FAILED, Failure, sentences
from gateway.decisions.progress import ordered, with_progress, with_times_of_reading
from gateway.decisions.rules.change import is_alert
from gateway.decisions.rules.contingency import INSIDE, TO_WRITE_OFF, VERIFIED_INSIDE
from gateway.decisions.rules.credibility import is_suspicious
from gateway.decisions.rules.reservations import PARTLY_RELEASED, STILL_OUT
from gateway.decisions.ruleset import RULES, RULESET, Rule, RuleSet, faults, unserved
from gateway.decisions.turn import listed, reads_otherwise, refuses_no_more
from gateway.decisions.undetermined import ALWAYS_HELD, BECOMES_KNOWN, Way, becomes_known

__all__ = [
    "ALWAYS_HELD",
    "BECOMES_KNOWN",
    "INSIDE",
    "PARTLY_RELEASED",
    "RULES",
    "RULESET",
    "RULE_FAILED",
    "STILL_OUT",
    "TO_WRITE_OFF",
    "VERIFIED_INSIDE",
    "Case",
    "Failure",
    "Intended",
    "Judgement",
    "Raised",
    "Rule",
    "RuleSet",
    "Way",
    "as_if_held",
    "becomes_known",
    "decide",
    "faults",
    "is_alert",
    "is_suspicious",
    "lacking",
    "listed",
    "ordered",
    "reads_otherwise",
    "refuses_no_more",
    "sentences",
    "unserved",
    "unverified",
    "with_progress",
    "with_times_of_reading",
]
