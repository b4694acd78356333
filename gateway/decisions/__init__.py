"""From facts to an explained decision: pure judgement over one declaration, its plan and what the authorities said.

All rules speak, the gravest finding wins, silence is a hold.
"""

from gateway.decisions.case import Case, Raised
from gateway.decisions.engine import decide, unverified
from gateway.decisions.ruleset import RULESET, Rule, faults

__all__ = ["RULESET", "Case", "Raised", "Rule", "decide", "faults", "unverified"]
