"""The reading of facts from an authority's file: a path, or a table that says more about it."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import tomli

from gateway.contract import AllocationState, ReceiptOutcome, Refusal, Status
from gateway.contract.reading import read_codes
from gateway.dispatch.declarative.expressions import Expression, ExpressionFault
from gateway.dispatch.declarative.facts import StatedCodes, StatedFact, StatedMeasure
from gateway.dispatch.declarative.paths import AnswerPath, PathRefused, compiled
from gateway.dispatch.declarative.positions import StatedRows
from gateway.dispatch.declarative.sections import FileFaults, Section, closest
from gateway.dispatch.declarative.soap_paths import ANSWER, misplaced
from gateway.dispatch.declarative.units import currency_fault, unit_fault

NULL = "not stated"
"""The word of a file for a null that states nothing."""

_MEANINGS: Mapping[str, Callable[[str], Any]] = MappingProxyType(
    {"status": Status, "state": AllocationState, "refusal": Refusal, "outcome": ReceiptOutcome}
)
"""The readers of a list's codes, by the beginning of its name; codes of any other list mean a text."""
_ROW = re.compile(r"(\w+) ([0-9]+): (.*)", re.DOTALL)


@dataclass(slots=True, kw_only=True)
class FileContext:
    """The values that the parts of a file share while it is read."""

    text: str
    table: Mapping[str, Any]
    faults: FileFaults
    language: str
    namespaces: Mapping[str, str]
    soap: str | None = None
    """The version of SOAP, if it is that."""
    requests: tuple[str, ...] = ()
    """The names of the requests in whose answers facts may be."""
    lists: tuple[str, ...] = ()
    """The names of the file's code lists."""
    named_lists: dict[str, StatedCodes[Any] | None] = field(default_factory=dict)
    """The code lists that something names; None: one with faults."""
    units: set[str] = field(default_factory=set)
    """The code lists of units and currencies whose meanings were looked at."""

    def path(
        self, section: Section, key: str, text: str | None, *, many: bool | None = None, inside: str = ANSWER
    ) -> AnswerPath | None:
        """Compile a path; None: it is a fault. `many` says whether it has to find several things, or one; `inside` of what of SOAP it begins."""
        if text is None:
            return None
        try:
            found = compiled(text, self.language, self.namespaces)
        except PathRefused as error:
            section.fault(key, f"{text!r}: {error}")
            return None
        if self.soap is not None and (why := misplaced(text, self.namespaces, self.soap, inside)) is not None:
            section.fault(key, f"{text!r}: {why}")
            return None
        if many is False and found.many:
            section.fault(key, f"{text!r} finds several things where one is wanted: take [*] out")
            return None
        if many is True and self.language == "json" and not found.many:
            section.fault(key, f"{text!r} finds one thing where a list is wanted: it has no [*]")
            return None
        return found

    def expression(self, section: Section, key: str, text: str | None) -> Expression | None:
        """Compile a regular expression; None: there is none, or it is a fault."""
        if text is None:
            return None
        try:
            return Expression(text)
        except ExpressionFault as error:
            section.fault(key, str(error))
            return None

    def codes(self, section: Section, key: str, name: str | None) -> StatedCodes[Any] | None:
        """Read a code list of the file; None: there is none, or it is a fault."""
        if name is None:
            return None
        known = [one for one in self.lists if one in self.table]
        if name not in known:
            section.fault(key, f"there is no code list [[{name}]]" + (closest(name, known) if known else ""))
            return None
        if name not in self.named_lists:
            self.named_lists[name] = self._code_list(name)
        return self.named_lists[name]

    def _code_list(self, name: str) -> StatedCodes[Any] | None:
        kind = next((kind for start, kind in _MEANINGS.items() if name.partition("_of_")[0] == start), _word)
        try:
            return StatedCodes(read_codes(self.text, name, kind), self.faults.line((name,)))
        except (ValueError, AttributeError, tomli.TOMLDecodeError) as error:
            for fault in str(error).split("; "):
                row = _ROW.fullmatch(fault)
                if row is not None:
                    self.faults.add((name, int(row[2]) - 1), _row_fault(row[3], name))
                else:
                    self.faults.add((name,), fault.removeprefix(f"{name}: "))
            return None


def _word(means: str) -> str:
    return means


def _row_fault(what: str, name: str) -> str:
    if what.startswith("means "):
        kind: Any = _MEANINGS.get(name.partition("_of_")[0])
        return f"{what} is none: {', '.join(kind)}" if kind is not None else what
    return what if "overlap" in what else f"missing, unknown or of another type: {what}"


def fact(
    context: FileContext, section: Section, key: str, kind: str, *, needed: bool = True, many: bool | None = False,
    asked: bool = False, constants: Collection[str] = (), certain: bool = False, within: bool = False,
) -> StatedFact | None:  # fmt: skip
    """Read one fact: `key = "path"`, or `key = { path = "...", ... }`; None: there is none, or it is a fault.

    `many`: whether it is a list; None: the fact itself says so, `list = true`.
    `certain` says that nothing goes without it: it is neither optional nor null. `asked` says that it may be what was asked about; `constants` are the only texts that `is` may say, if there are any. `within` says that it may stand in the row around its row.
    """
    value = section.raw(key)
    if value is None:
        if needed:
            section.fault(None, f"{key} is missing: say where it stands")
        return None
    if type(value) is str:
        path = context.path(section, key, value, many=bool(many))
        line, name = section.line(key), f"{section.name}.{key}"
        return None if path is None else StatedFact(name=name, kind=kind, path=path, line=line, many=bool(many))
    inner = section.table(key)
    if inner is None:
        return None
    many = inner.truth("list") if many is None else many
    found = _spelled_out(context, inner, kind, many=many, asked=asked, constants=constants)
    if certain and found is not None and (found.optional or found.null):
        inner.fault(None, "nothing goes without it: it is neither optional nor null")
    if found is not None and found.within and (not within or found.path is None):
        inner.fault("within", "only what has a path stands in an outer row, and in a table whose `within` says which")
    return found


def _spelled_out(
    context: FileContext, inner: Section, kind: str, *, many: bool, asked: bool, constants: Collection[str]
) -> StatedFact | None:
    ways = [key for key in ("path", "is", "asked") if key in inner]
    if len(ways) != 1:
        inner.fault(None, "one of `path`, `is`" + (" and `asked`" if asked else "") + " is needed")
    path = context.path(inner, "path", inner.text("path"), many=many)
    constant = inner.text("is", among=tuple(constants))
    said = inner.truth("asked")
    if "asked" in inner and not (said and asked):
        inner.fault(
            "asked", "it is never what was asked about" if not asked else "`asked = true` is the only way to say it"
        )
    null = inner.text("null", among=(NULL,)) is not None
    number = inner.truth("number")
    if number and (kind not in ("decimal", "signed") or context.language == "xml"):
        inner.fault("number", "only a decimal of JSON can be a number instead of a text")
    result = StatedFact(
        name=inner.name,
        kind=kind,
        path=path,
        constant=constant,
        codes=context.codes(inner, "codes", inner.text("codes")),
        form=context.expression(inner, "form", inner.text("form")),
        optional=inner.truth("optional"),
        null=null,
        empty=_may_be_empty(context, inner, many=many),
        number=number,
        zone=_zone(inner, kind),
        many=many,
        within=inner.truth("within"),
        source=source(context, inner),
        line=inner.line(),
    )
    if kind not in ("text", "texts") and (result.codes is not None or result.form is not None):
        inner.fault(None, "codes and forms are of texts")
    if constant is not None and kind != "text":
        inner.fault("is", "only a text can be the same in every answer")
    if path is None and (result.optional or null):
        inner.fault(None, "what is not in the answer is neither optional nor null")
    inner.end()
    return result if len(ways) == 1 and (path is not None or "path" not in inner) else None


def _zone(section: Section, kind: str) -> ZoneInfo | None:
    name = section.text("zone")
    if name is None:
        return None
    if kind != "day":
        section.fault("zone", "only a day is counted in a time zone")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        section.fault("zone", f"{name[:40]!r} is no time zone of the IANA database, such as Europe/Paris")
        return None


def _may_be_empty(context: FileContext, section: Section, *, many: bool) -> bool:
    """Read whether a list may be empty, though what holds it may not be absent."""
    empty = section.truth("empty")
    if empty and not many:
        section.fault("empty", "only a list can be empty")
    elif empty and context.language == "json":
        section.fault("empty", "a list of JSON may be empty as it is: take this out")
    elif empty and section.raw("optional") is True:
        section.fault("empty", "what may be absent may be empty too: say optional or empty")
    return empty


def source(context: FileContext, section: Section) -> str:
    """Return the request whose answer has the value; empty: the first."""
    return section.text("in", among=context.requests) or ""


def measure(
    context: FileContext, section: Section, key: str, *, money: bool, signed: bool = False
) -> StatedMeasure | None:
    """Read a quantity (`value`, `unit`) or an amount (`value`, `currency`); None: there is none, or it is a fault."""
    inner = section.table(key)
    if inner is None:
        return None
    at = None
    if "at" in inner:
        at = StatedFact(
            name=inner.name,
            kind="text",
            path=context.path(inner, "at", inner.text("at"), many=False),
            optional=inner.truth("optional"),
            null=inner.text("null", among=(NULL,)) is not None,
            line=inner.line(),
        )
    value = fact(context, inner, "value", "signed" if signed else "decimal")
    unit = fact(context, inner, "currency" if money else "unit", "text")
    if unit is not None:
        _make_sure_of_codes(context, inner, unit, currency_fault if money else unit_fault)
    inner.end()
    return None if value is None or unit is None else StatedMeasure(at=at, value=value, unit=unit, money=money)


def _make_sure_of_codes(
    context: FileContext, section: Section, unit: StatedFact, why: Callable[[str], str | None]
) -> None:
    """Note what is no code among what a unit or a currency can be: the constant, or the meanings of its list."""
    if unit.constant is not None and (fault := why(unit.constant)) is not None:
        section.fault(None, fault)
    name = unit.codes.codes.name if unit.codes is not None else None
    if name is None or name in context.units:
        return
    context.units.add(name)
    for number, row in enumerate(context.table[name]):
        if (fault := why(row["means"])) is not None:
            context.faults.add((name, number, "means"), fault)


def rows(
    context: FileContext, section: Section, kinds: Mapping[str, str], needed: Collection[str], measures: Mapping[str, bool],
    *, signed: bool = False, constants: Mapping[str, Collection[str]] = MappingProxyType({}), lists: Mapping[str, str] = MappingProxyType({}),
) -> StatedRows | None:  # fmt: skip
    """Read a table with the path of its rows (`each`) and the values of each; None: it has faults."""
    each = _places(context, section)
    around = section.table("within")
    within = None if around is None else _places(context, around)
    if around is not None and within is not None:
        around.end()
        if each.source:
            section.fault("in", "rows inside rows begin in an outer one: `in` stands in `within`")
        each = replace(each, source=within.source)
    numbered = section.truth("numbered") if "number" in kinds else False
    facts = {}
    for name, kind in kinds.items():
        if name == "number" and numbered:
            continue
        certain = name in needed
        found = fact(
            context,
            section,
            name,
            kind,
            needed=certain,
            constants=constants.get(name, ()),
            certain=certain,
            within=within is not None,
        )
        if found is not None:
            facts[name] = found
    listed = {name: fact(context, section, name, kind, needed=False, many=True) for name, kind in lists.items()}
    read = {name: measure(context, section, name, money=money, signed=signed) for name, money in measures.items()}
    section.end()
    if each.path is None or (within is not None and within.path is None):
        return None
    return StatedRows(
        each=each,
        within=within,
        facts=facts,
        measures={name: one for name, one in read.items() if one is not None},
        lists={name: one for name, one in listed.items() if one is not None},
        numbered=numbered,
    )


def _places(context: FileContext, section: Section) -> StatedFact:
    """Read where rows stand, and whether they or what holds them may be absent."""
    return StatedFact(
        name=section.name,
        kind="text",
        path=context.path(section, "each", section.text("each", needed=True), many=True),
        optional=section.truth("optional"),
        null=section.text("null", among=(NULL,)) is not None,
        empty=_may_be_empty(context, section, many=True),
        source=source(context, section),
        line=section.line("each"),
    )
