"""The generator of the rule book for people, from the ruleset, the tables, the catalogue and the golden cases."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from gateway.decisions.findings import RULE_FAILED
from gateway.decisions.ruleset import RULESET
from gateway.decisions.undetermined import ALWAYS_HELD, OFFICERS_ONLY
from gateway.domain.decision import Effect, Finding, Mode, Nature
from gateway.domain.tables.in_force import InForce, Tables
from gateway.domain.tables.rows import DecisionStage, Row, RuleMode, RuleRow
from gateway.domain.texts.sentences import Texts, english
from tools.acts import CitedAct, acts_of
from tools.finding_readers import Readers, readers

NameOf = Callable[[str, str], str]
"""Gives the name of a code: the section of the texts, and the code."""

CHAPTERS = (
    (0, "What is only said", "These findings tell something and stand in the way of nothing."),
    (
        10,
        "Documents missing, and statements that none is needed",
        "Measures say which goods need which documents, and which statements of the declarant stand in for them.",
    ),
    (20, "What the authority says of a document", "A document releases goods only if its authority confirms it."),
    (
        30,
        "What nobody could say",
        "Silence, outages and answers that cannot be read are not determined: a hold, never a refusal, never a release.",
    ),
    (
        40,
        "Document, goods and lines",
        "What stands on the authority's record has to be what is declared: the type of the document, its goods and their lines.",
    ),
    (
        50,
        "Decision and customs procedure",
        "An authority decides for certain procedures only: what it accepted for one is not accepted for every other.",
    ),
    (60, "Parties and destination", "Some documents are good for their holder, or for some countries only."),
    (
        70,
        "Quantities and values",
        "What all goods items take from a certificate's line, together, has to be left there for them.",
    ),
    (
        80,
        "How documents are cited",
        "A document that is cited in the wrong way cannot be asked about, or not reliably.",
    ),
    (90, "Marks of market surveillance", "The authorities mark goods that must not be released for free circulation."),
    (
        96,
        "Documents that serve once",
        "Of a document that serves one declaration, what is left for another one is not a matter of quantity.",
    ),
    (
        100,
        "Reservations that an authority refuses",
        "A certified quantity is reserved at its authority at acceptance; each reason for which it may refuse has a finding of its own.",
    ),
    (
        111,
        "What becomes of reservations and write-offs",
        "Goods are released when what they take is held at the authority, and nobody relies on an order whose end is not known.",
    ),
    (
        130,
        "Contingency windows",
        "While an authority cannot be asked, customs may open a window, whose number every finding made inside quotes.",
    ),
    (
        140,
        "Documents that change after a decision",
        "What an authority takes back later is decided anew; goods that were released stay released, and customs is alerted.",
    ),
    (
        160,
        "Document codes, and where they stand",
        "A code stands in the data element that takes it, and some table or list of its day knows it.",
    ),
    (
        180,
        "Credibility of what is declared",
        "Checks of TARIC compare net mass, supplementary units and value with bounds; what they call suspicious is for officers alone.",
    ),
    (
        200,
        "Measures by place, destination and quantity",
        "Some measures hold at the border only, some statements for small quantities, some authorisations for certain countries.",
    ),
    (
        220,
        "Records, processing and simplified clearance",
        "What a record says has to fit its type and where the goods come from, and a simplification needs its authorisation.",
    ),
    (
        240,
        "Measures of TARIC",
        "A measure that is loaded from TARIC has limits and additional codes; what is not understood of it is left to an officer.",
    ),
    (
        260,
        "Numbers and codes of movements, parties, offices and countries",
        "A mistyped number is told before anybody relies on it; what customs itself has given is never refused for it.",
    ),
    (
        270,
        "Documents of single formalities",
        "Some documents are judged for some procedures alone, go with others, may deviate, serve once or are cleared at some offices only.",
    ),
    (
        300,
        "Suspended goods",
        "What the law suspends is free by its words and its clock alone: no override releases it.",
    ),
    (
        900,
        "Faults of the gateway",
        "A fault of ours holds the declaration that it concerns, and is shown to operators.",
    ),
)
"""From which number on, what it is about, and what the rules in it have in common."""

_SUCCEEDED = {None: "", True: " with a successor", False: " without a successor"}

_NOW = date.max
"""A day on which only rows without an end hold: what is in force until it is replaced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A near miss: a golden case of a finding, which is not raised there once one fact is another."""

    why: str
    case: str
    """The case's name, and where its near misses are read."""
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A finding as it is raised in a golden case, and where it is not raised any more."""

    finding: Finding
    case: str
    """The case's name, and where it is read."""
    link: str
    edges: tuple[Edge, ...] = ()


def contents(tables: Tables, name_of: NameOf) -> str:
    """Write the book's contents as a Markdown table; each chapter is a page of its own, named by its first number."""
    texts, lines = (
        english(tables.messages, tables.words, tables.names),
        [
            "| finding | what it is about | effect | legal basis | in application since | its row holds since |",
            "|---|---|---|---|---|---|",
        ],
    )
    for place, codes in _chapters(tables).items():
        number, title, _ = CHAPTERS[place]
        page = f"rules/{number:03}.md"
        lines.append(f"| **[{place + 1}]({page})** | **{title}** | | | | |")
        for code in codes:
            row = _rows(tables, code)[-1]
            named = texts.messages[code].title if code in texts.messages else ""
            lines.append(
                f"| [{code}]({page}#{code.lower()}) | {named} | {name_of('effect', row.effect.value)} | {row.legal_basis} "
                f"| {max((act.applies.isoformat() for act in acts_of(row.legal_basis)), default='')} "
                f"| {row.valid_from.isoformat()} |"
            )
    return "\n".join(lines) + "\n"


def chapter(number: int, tables: Tables, examples: Mapping[str, Example], name_of: NameOf) -> str:
    """Write the chapter that begins at a number, in Markdown: each finding with its text, readers, legal basis and first day."""
    book = _Book(tables, examples, name_of)
    place = [begins for begins, _, _ in CHAPTERS].index(number)
    _, title, common = CHAPTERS[place]
    lines = [f"# {place + 1}. {title}", "", common]
    for code in _chapters(tables).get(place, ()):
        lines += ["", *book.rule(code)]
    return "\n".join([*lines, "", "[All findings](../rules.md)"]) + "\n"


def _chapters(tables: Tables) -> dict[int, list[str]]:
    """Return the codes of each chapter, by its place."""
    numbers, found = [number for number, _, _ in CHAPTERS], dict[int, list[str]]()
    for code in sorted({code for row in tables.rules for code in row.codes}):
        found.setdefault(bisect_right(numbers, int(code[-3:])) - 1, []).append(code)
    return found


def _rows(tables: Tables, code: str) -> list[RuleRow]:
    return sorted((row for row in tables.rules if code in row.codes), key=lambda row: row.valid_from)


class _Book:
    """The sources from which every entry is made."""

    def __init__(self, tables: Tables, examples: Mapping[str, Example], name_of: NameOf) -> None:
        self._tables = tables
        self._now: InForce = tables.at(_NOW)
        self._texts: Texts = english(tables.messages, tables.words, tables.names)
        self._examples = examples
        self._name_of = name_of
        self._promises: dict[str, str] = {RULE_FAILED: "A rule that fails is a hold."}
        for rule in RULESET:
            for code in rule.codes:
                self._promises[code] = " ".join(filter(None, (self._promises.get(code), rule.promise)))

    def rule(self, code: str) -> Iterator[str]:
        """Yield the lines of one finding's entry."""
        rows = _rows(self._tables, code)
        message, example = self._texts.messages.get(code), self._examples.get(code)
        title = f": {message.title}" if message is not None else ""
        yield f'## <a id="{code.lower()}"></a>{code}{title}'
        yield ""
        yield f"**The rule.** {self._promises.get(code, '')}"
        yield ""
        found = readers(code, self._now)
        yield "**An officer reads.**" if self._shaded(code) else f"**{_reads(found)}.**"
        yield ""
        if example is not None:
            yield f"> {_plain(example.finding.message)} *{_plain(example.finding.remedy)}*"
        elif message is not None:
            yield f"> {_plain(message.message)} *{_plain(message.remedy)}*"
        yield ""
        for row in rows:
            yield f"- Effect: **{self._name_of('effect', row.effect.value)}**{self._advice(row)}."
            yield f"- Legal basis: {row.legal_basis}."
            if acts := acts_of(row.legal_basis):
                yield f"- In application since {_since(acts)}."
            yield f"- Its row holds {_days(row)}{'' if self._modes(code, row) else '; active'}."
        if found is not None:
            yield f"- Read by {found.who}: {found.why}."
        if causes := self._causes(code):
            yield f"- Raised for {causes}."
        yield from self._modes(code, rows[-1])
        if example is not None:
            yield f"- Golden case: [{example.case}]({example.link})."
            for edge in example.edges:
                yield f"- Not raised, but for one fact, in [{edge.case}]({edge.link}): {_plain(edge.why)}"
        else:
            yield "- Golden case: none; nothing that is delivered gives an occasion for it."

    def _advice(self, row: RuleRow) -> str:
        if row.effect.gravity < Effect.HOLD.gravity:
            return ""
        before, after = (
            self._name_of("advice", self._now.advice(row.nature, row.effect, stage).value)
            for stage in (DecisionStage.BEFORE_ACCEPTANCE, DecisionStage.AFTER_ACCEPTANCE)
        )
        if before == after:
            return f". Advice to customs: {before}"
        return f". Advice to customs: {before}; after acceptance: {after}"

    def _causes(self, code: str) -> str:
        statuses = [
            self._name_of("status", row.status.value) + _SUCCEEDED[row.successor]
            for row in self._tables.statuses
            if row.rule == code
        ]
        causes = [row.cause for row in self._tables.causes if row.rule == code]
        refusals = [row.reason.value.replace("_", " ") for row in self._tables.refusals if row.rule == code]
        parts = [
            f"{what} {', '.join(dict.fromkeys(values))}"
            for what, values in (("the status", statuses), ("the fault", causes), ("the reason", refusals))
            if values
        ]
        return "; ".join(parts)

    def _shaded(self, code: str) -> bool:
        return code in OFFICERS_ONLY or self._now.mode(code, None) is Mode.SHADOW

    def _modes(self, code: str, row: RuleRow) -> list[str]:
        if code in ALWAYS_HELD:
            return [
                "- Always a hold, and always active: it says that something is not determined, and no table changes that."
            ]
        if code in OFFICERS_ONLY:
            return [
                "- For officers alone: it has no effect, no trader learns that it was raised, and no table changes that."
            ]
        if row.nature is Nature.UNDETERMINED:
            return ["- Always active: what is not determined cannot be put into the shade."]
        return [f"- {_mode(mode)}, {_days(mode)}." for mode in self._tables.modes if mode.rule == code]


def _reads(found: Readers | None) -> str:
    """Say who reads a text, and when, as the table of readers does; what holds nothing every trader reads at once."""
    if found is None or found.at_once:
        return "A trader reads"
    return "An officer reads" if found.is_for_customs else f"A trader reads, {found.when}"


def _mode(row: RuleMode) -> str:
    types = f" for {', '.join(row.types)}" if row.types else ""
    if row.mode is Mode.SHADOW:
        return f"In shadow mode{types}: officers see what it would say, traders do not, and it does not count"
    return f"Active{types}"


def _since(acts: Sequence[CitedAct]) -> str:
    """Write from when acts apply: one day where it is that of all, else the day of each."""
    days = {act.applies for act in acts}
    if len(days) == 1:
        return days.pop().isoformat()
    return ", ".join(f"{act.applies.isoformat()} ({act.name})" for act in acts)


def _days(row: Row) -> str:
    end = f" until {row.valid_to.isoformat()}" if row.valid_to is not None else ""
    return f"since {row.valid_from.isoformat()}{end} (source: {row.source})"


def _plain(text: str) -> str:
    """Return a sentence as it reads outside of Markdown."""
    for mark in "\\`*_<>[]|":
        text = text.replace(mark, f"\\{mark}")
    return text
