"""The readers of each finding that can hold goods, from its row and the rule by which a declarant is told."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import NamedTuple

from gateway.decisions.rules.change import CHANGED
from gateway.decisions.ruleset import MOVEMENT_RULES
from gateway.decisions.turn import may_be_told
from gateway.decisions.undetermined import ALWAYS_HELD, FAULTS_OF_OURS
from gateway.domain.decision import Advice, Disclosure, Effect, Finding, Mode, Nature
from gateway.domain.tables.in_force import InForce, Tables
from gateway.domain.tables.rows import RuleRow
from gateway.domain.texts.sentences import english

_NOW = date.max
"""A day on which only rows without an end hold."""
_NOT_BEFOREHAND = frozenset({CHANGED, *(code for rule in MOVEMENT_RULES for code in rule.codes)})
"""Findings about what went before: an earlier answer, an order. Before anything is lodged there is neither."""
_BY_NATURE: Mapping[Nature, str] = MappingProxyType(
    {
        Nature.CORRECTION: "the declarant corrects it",
        Nature.WAIT: "an authority has yet to decide",
        Nature.UNDETERMINED: "nobody could say; it is asked again by itself",
    }
)
_CUSTOMS, _DECLARANT, _AT_ONCE = "customs only", "the declarant, ", "at once"
_SECRET: Mapping[Disclosure, str] = MappingProxyType(
    {
        Disclosure.CONTROL: "an inquiry or a control of customs",
        Disclosure.BOUNDS: "a check whose bounds need not be published",
        Disclosure.FAULT: "a fault of the gateway: which check failed is not told",
    }
)


class Readers(NamedTuple):
    """Who reads a finding, and why."""

    who: str
    why: str

    @property
    def is_for_customs(self) -> bool:
        """Whether no declarant reads it."""
        return self.who == _CUSTOMS

    @property
    def when(self) -> str:
        """When a declarant reads it."""
        return self.who.removeprefix(_DECLARANT)

    @property
    def at_once(self) -> bool:
        """Whether a declarant reads it as soon as it is raised."""
        return self.who == f"{_DECLARANT}{_AT_ONCE}"


def readers(code: str, tables: InForce) -> Readers | None:
    """Return the readers of a finding by the rows of a day; None: it holds nothing."""
    row = tables.rule(code)
    if row is None or not row.effect.stops:
        return None
    if tables.mode(code, None) is Mode.SHADOW:
        return Readers(_CUSTOMS, "it is in shadow mode, and holds nothing before it is active")
    one = _finding(code, row)
    if may_be_told(one, confirmed=False):
        return Readers(f"{_DECLARANT}{_AT_ONCE}", _why_at_once(one, row))
    if may_be_told(one, confirmed=True):
        return _once_confirmed(code, row)
    return Readers(_CUSTOMS, _why_secret(code, row))


def readers_table(tables: Tables) -> str:
    """Write the readers of all findings that can hold as a Markdown table."""
    now, texts = tables.at(_NOW), english(tables.messages, tables.words, tables.names)
    lines = ["| finding | what it is about | who reads it | because |", "|---|---|---|---|"]
    for code in sorted({code for row in tables.rules for code in row.codes}):
        found = readers(code, now)
        if found is not None:
            lines.append(f"| `{code}` | {texts.messages[code].title} | {found.who} | {found.why} |")
    return "\n".join(lines) + "\n"


def _finding(code: str, row: RuleRow) -> Finding:
    return Finding(
        code=code,
        effect=row.effect,
        advice=Advice.NONE,
        goods_item=None,
        document=None,
        message="",
        remedy="",
        legal_basis="",
        nature=ALWAYS_HELD.get(code, row.nature),
        told=row.told,
    )


def _why_at_once(one: Finding, row: RuleRow) -> str:
    if row.told is Disclosure.AT_ONCE:
        return "customs looks at it, and the declarant reads what to keep, present or correct"
    return _BY_NATURE[one.nature or Nature.CHECK]


def _once_confirmed(code: str, row: RuleRow) -> Readers:
    if row.effect is not Effect.REFUSE:
        return Readers("the declarant, once customs has confirmed the refusal", "it may tell of a refusal")
    if code in _NOT_BEFOREHAND:
        return Readers("the declarant, once customs has confirmed it", "a refusal of what is lodged is confirmed first")
    return Readers(
        "the declarant, in a preflight, and once customs has confirmed it",
        "a preflight decides nothing; a refusal of what is lodged is confirmed first",
    )


def _why_secret(code: str, row: RuleRow) -> str:
    if code in FAULTS_OF_OURS:
        return _SECRET[Disclosure.FAULT]
    if row.told is None:
        return "an officer decides, and its row tells nobody else"
    return _SECRET[row.told]
