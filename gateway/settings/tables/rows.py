"""Reading of one folder's table files into rows: every fault with file and line, and the nearest name that is known."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import MISSING, field, fields, is_dataclass, make_dataclass
from decimal import Decimal
from difflib import get_close_matches
from enum import Enum
from functools import cache
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args, get_type_hints
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from gateway.contract import Direction
from gateway.domain.decision import Effect
from gateway.domain.tables.applications import AcceptancePeriod, ApplicationKind, GoodsAre, Ground, Phase
from gateway.domain.tables.credibility import EURO, CheckCondition, CredibilityCheck, Equality, ExchangeRate
from gateway.domain.tables.holidays import StateCalendar
from gateway.domain.tables.required import RequiredDocuments
from gateway.domain.tables.rows import AskAgain, DocumentRoute, GeneralAuthorisation, QuantityMode, Row, UnitWord, Use
from gateway.domain.tables.time_limits import FirstDay, HoldLimit
from gateway.settings.folders import default_folder, nearest_path
from gateway.settings.tables.kinds import FILES, Removed, RowKind, files_in
from gateway.settings.tables.layers import Layer
from gateway.settings.taric.folder import TARIC
from gateway.settings.toml.rows_file import Where, read_toml
from gateway.settings.toml.strict import strict, unfinished

VERSION_FILE = "decisions.toml"
"""Where a folder says its version."""
_BESIDE = ("messages/", "formats/", "profiles/")
"""What stands beside tables in a folder, and is read elsewhere."""
"""Where a folder has the texts of further languages; whoever reads those reports what is strange there."""
_REMOVED = "removed"
"""The key of a row that says that rows of earlier folders do not hold."""

_MOST_DIGITS = 100
"""Digits before or behind the point of a figure."""
_TYPE = re.compile(r"[A-Z0-9]{4}")
_PREFIX = re.compile(r"\d{2,10}")
_PROCEDURE = re.compile(r"[0-9A-Z]{2}")
_ADDITIONAL = re.compile(r"[0-9A-Z]{3}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_UNIT = re.compile(r"[A-Z0-9]{2,3}")
_TARIC_UNIT = re.compile(r"[A-Z]{3}[A-Z0-9]?")
_ACTION = re.compile(r"[0-9]{2,3}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_RULE = re.compile(r"SW-DEC-\d{3}")


LONGEST_LIMIT = MappingProxyType({"days": 3_653, "working_days": 3_653, "stated_days": 3_653, "years": 10})
"""The longest time limit that can be meant (UCC Art. 103(2): ten years at most)."""


class Folder:
    """A folder of table files, as it was read."""

    def __init__(self, folder: Path, *, further: bool, label: str = "") -> None:
        """Read the folder. A further one has any of the files; the first one has all. `label` is written before places."""
        self.faults: list[str] = []
        self.version = ""
        self._further = further
        self._rows: dict[str, list[Any]] = {}
        self._removed: dict[str, list[Removed]] = {}
        self._lines: dict[str, Callable[[str | None], str]] = {}
        if further:
            self._strange(folder, label)
        for name, kinds in files_in(folder).items():
            if not further or (folder / name).exists():
                self._file(folder / name, f"{label}{name}", kinds)
        if not further and (lacking := [name for name in FILES if not (folder / name).exists()]):
            self.faults.append(
                f"{folder}: it lacks {', '.join(lacking)}, as a copy of what an older version delivered does: copy what it lacks, "
                f"`cp -rn {default_folder()}/. {folder}/`; or leave gateway.toml alone in it, and your own rows in a folder that `tables` names"
            )

    @property
    def layer(self) -> Layer:
        """The rows and removals of the folder."""
        return Layer(self._rows, self._removed)

    def _strange(self, folder: Path, label: str) -> None:
        """Find files by another name, which would be passed over."""
        if not folder.is_dir():
            near = nearest_path(folder)
            meant = f"; did you mean {near}?" if near is not None else ""
            self.faults.append(f"{label or folder}: no such folder of tables{meant}")
            return
        found = {str(path.relative_to(folder)) for path in folder.rglob("*.toml")}
        self.faults += [
            f"{label}{name}: no file of tables{_nearest(name, FILES)}"
            for name in sorted(found - set(files_in(folder)))
            if not name.startswith(_BESIDE)
        ]
        if not found and not (folder / TARIC).is_dir():
            self.faults.append(f"{label}: the folder holds no file of tables; it may hold {', '.join(FILES)}")

    def _file(self, path: Path, label: str, kinds: tuple[RowKind, ...]) -> None:
        parsed, where = read_toml(path, label, self.faults)
        if path.name == VERSION_FILE:
            self._versioned(parsed, where)
        known = [kind.table for kind in kinds]
        self.faults += [
            f"{where.at(key)}: unknown table or key {key!r}{_nearest(key, known)}" for key in parsed if key not in known
        ]
        for kind in kinds:
            tables = parsed.get(kind.table, [])
            if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
                self.faults.append(
                    f"{where.at(kind.table)}: {kind.table}: an array of tables is needed, [[{kind.table}]]"
                )
                continue
            for index, table in enumerate(tables):
                self._table(table, kind, where, index)

    def _versioned(self, parsed: dict[str, Any], where: Where) -> None:
        version = parsed.pop("version", None)
        if version is None and self._further:
            return
        if not isinstance(version, str) or not version or not version.isprintable():
            self.faults.append(f"{where.at('version')}: version: a text is needed")
            return
        self.version = version

    def _table(self, table: dict[str, Any], kind: RowKind, where: Where, index: int) -> None:
        def at(key: str | None = None) -> str:
            return where.at(kind.table, index, key)

        is_removal = kind.dated and _REMOVED in table
        is_open = self._further and not is_removal
        known, needed = _removal_keys(kind) if is_removal else _row_keys(kind)
        if is_open:
            needed = tuple(name for name in needed if name not in kind.inherited)
        found = [f"{at(key)}: unknown key {key!r}{_nearest(key, known)}" for key in table if key not in known]
        found += [f"{at()}: {name} is missing" for name in needed if name not in table]
        if kind.own_only and not self._further:
            found.append(
                f"{at()}: [[{kind.table}]]: only an administration's own folder may say this; name each code in a [[class]] row"
            )
        if is_removal and table[_REMOVED] is not True:
            found.append(f"{at(_REMOVED)}: removed: only `true` says something")
        if is_removal and not self._further:
            found.append(f"{at(_REMOVED)}: removed: there is no earlier folder; take the row out, or end it")
        if found:
            self.faults += found
            return
        content = {key: value for key, value in table.items() if key != _REMOVED}
        try:
            content = {**content, "place": at()}
            row = _unfinished(kind, content) if is_open else _whole(_shape(kind) if is_removal else kind.type, content)
        except msgspec.ValidationError as error:
            key = re.search(r"\$\.(\w+)", str(error))
            self.faults.append(
                f"{at(key[1] if key else None)}: {error}{_known_words(kind, key[1] if key else '', error)}"
            )
            return
        found = [f"{at(key)}: {fault}" for key, fault in _judge(row)]
        if found:
            self.faults += found
        elif is_removal:
            self._removed.setdefault(kind.into, []).append(
                Removed(
                    keys=kind.keys(row),
                    valid_from=row.valid_from,
                    valid_to=row.valid_to,
                    place=row.place,
                    loosens=row.loosens,
                )
            )
        else:
            self._lines[row.place] = lambda key: where.at(kind.table, index, key)
            self._rows.setdefault(kind.into, []).append(row)

    def misjudged(self, row: Any) -> list[str]:
        """Return the contradictions between fields of a row, once it has all of them; none of a row of another folder."""
        at = self._lines.get(row.place)
        return [f"{at(key)}: {fault}" for key, fault in _judge_whole(row)] if at is not None else []


def _whole(kind: type[Any], content: Mapping[str, Any]) -> Any:
    return msgspec.convert(msgspec.convert(content, strict(kind)), kind, from_attributes=True)


def _unfinished(kind: RowKind, content: Mapping[str, Any]) -> Any:
    """Read a row of a further folder; what it leaves out is `UNSET`. An empty text where none is needed means none."""
    optional = {one.name for one in fields(kind.type) if one.default is None and one.name in kind.inherited}
    cleaned = {name: None if value == "" and name in optional else value for name, value in content.items()}
    read = msgspec.convert(cleaned, _unfinished_shape(kind))
    hints = get_type_hints(kind.type)
    values = {name: getattr(read, name) for name in hints}
    return kind.type(
        **{
            name: value if value is msgspec.UNSET else msgspec.convert(value, hints[name], from_attributes=True)
            for name, value in values.items()
        }
    )


@cache
def _unfinished_shape(kind: RowKind) -> type[msgspec.Struct]:
    return unfinished(kind.type, kind.inherited)


def _nearest(name: str, known: Collection[str]) -> str:
    """Return the name that was probably meant."""
    found = get_close_matches(name, known, n=1)
    return f"; did you mean {found[0]!r}?" if found else ""


def _known_words(kind: RowKind, key: str, error: msgspec.ValidationError) -> str:
    """Return what the value of a key may be, where it is one of few words and was none of them."""
    said = re.match(r"Invalid enum value '([^']*)'", str(error))
    known = list(_words_of(get_type_hints(kind.type).get(key))) if said is not None else []
    return f": it is one of {', '.join(known)}{_nearest(said[1], known)}" if said is not None and known else ""


def _words_of(hint: Any) -> Iterator[str]:
    if isinstance(hint, type) and issubclass(hint, Enum):
        yield from (str(one.value) for one in hint)
    for inside in get_args(hint):
        yield from _words_of(inside)


@cache
def _row_keys(kind: RowKind) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the keys that a row may have, and those that it needs."""
    known = {f.name: f for f in fields(kind.type) if f.name != "place"}
    needed = (name for name, f in known.items() if f.default is MISSING and f.default_factory is MISSING)
    return tuple(known), tuple(needed)


@cache
def _removal_keys(kind: RowKind) -> tuple[tuple[str, ...], tuple[str, ...]]:
    _, needed = _row_keys(kind)
    own = (*kind.key, "valid_from", "valid_to", "source")
    return (*own, "loosens", _REMOVED), tuple(name for name in own if name in needed)


@cache
def _shape(kind: RowKind) -> type[Any]:
    """Return the type of a kind's rows with nothing but the key: the same types and defaults."""
    named = {f.name: f for f in fields(kind.type)}
    hints = get_type_hints(kind.type)
    own = [(name, hints[name], field(default=named[name].default)) for name in kind.key]
    return make_dataclass(f"{kind.type.__name__}Removed", own, bases=(Row,), frozen=True, slots=True, kw_only=True)


LONGEST_PAUSE = 1_000_000
"""Minutes or days of a row at most: above it no date could be reckoned."""

_PATTERNS: Mapping[str, tuple[re.Pattern[str], str]] = {
    "type": (_TYPE, "no document code (an4)"),
    "types": (_TYPE, "no document code (an4)"),
    "covered_by": (_TYPE, "no document code (an4)"),
    "beside": (_TYPE, "no document code (an4)"),
    "prefixes": (re.compile(r"[A-Z0-9]{1,3}"), "no beginning of a document code (1 to 3 capitals or digits)"),
    "beginnings": (re.compile(r"[A-Z0-9]{1,4}"), "no document code (an4), nor the beginning of one"),
    "code_list": (re.compile(r"CL[0-9]{3}"), "no number of a code list (CL213)"),
    "entries": (re.compile(r"[A-Z0-9]{1,17}"), "no code of a list (1 to 17 capitals or digits)"),
    "formats": (re.compile(r"[a-z][a-z0-9_]*"), "no name of a format"),
    "waives": (_TYPE, "no document code (an4)"),
    "waivers": (_TYPE, "no document code (an4)"),
    "instead": (re.compile(r"[A-Z0-9]{2,4}"), "no code"),
    "commodities": (_PREFIX, "no prefix of a commodity code"),
    "excepted": (_PREFIX, "no prefix of a commodity code"),
    "procedures": (_PROCEDURE, "no requested procedure (an2)"),
    "verifies": (_PROCEDURE, "no requested procedure (an2)"),
    "reserves": (_PROCEDURE, "no requested procedure (an2)"),
    "previous": (_PROCEDURE, "no previous procedure (an2)"),
    "pending": (_PROCEDURE, "no requested procedure (an2)"),
    "refused": (_PROCEDURE, "no requested procedure (an2)"),
    "state": (_COUNTRY, "no country (ISO 3166-1 alpha-2)"),
    "excepted_origins": (_COUNTRY, "no country (ISO 3166-1 alpha-2)"),
    "countries": (_COUNTRY, "no country (ISO 3166-1 alpha-2)"),
    "origins": (_COUNTRY, "no country (ISO 3166-1 alpha-2)"),
    "datasets": (re.compile(r"[A-Z][0-9]{1,2}"), "no column of Annex B"),
    "excepted_destinations": (_COUNTRY, "no country (ISO 3166-1 alpha-2)"),
    "destinations": (_COUNTRY, "no country (ISO 3166-1 alpha-2)"),
    "excluded": (_COUNTRY, "no country (ISO 3166-1 alpha-2)"),
    "data_element": (re.compile(r"[0-9]{2} [0-9]{2}( [0-9]{3})?"), "no number of a data element (13 04 017)"),
    "offices": (re.compile(r"[A-Z]{2}([A-Z0-9]{6})?"), "no customs office (an8), and no country"),
    "declaration_types": (re.compile(r"[A-Z][A-Z0-9]{0,4}"), "no type of declaration (11 01)"),
    "additional_procedures": (_ADDITIONAL, "no additional procedure (an3)"),
    "excepted_additional_procedures": (_ADDITIONAL, "no additional procedure (an3)"),
    "documents": (_TYPE, "no document code (an4)"),
    "measure_type": (re.compile(r"[0-9A-Z]{3,6}"), "no measure type of TARIC"),
    "measure_types": (re.compile(r"[0-9A-Z]{3,6}"), "no measure type of TARIC"),
    "actions": (_ACTION, "no action code of TARIC"),
    "otherwise": (_ACTION, "no action code of TARIC"),
    "taric_unit": (_TARIC_UNIT, "no unit of TARIC, with or without its qualifier"),
    "per": (_TARIC_UNIT, "no unit of TARIC, with or without its qualifier"),
    "additional_types": (re.compile(r"[A-Z]"), "no additional declaration type (a1)"),
    "currency": (_CURRENCY, "no currency (ISO 4217)"),
    "dataset": (re.compile(r"[A-Z][0-9]{1,2}"), "no column of Annex B"),
    "unit": (_UNIT, "no unit (UN/ECE Rec 20)"),
    "base": (_UNIT, "no unit (UN/ECE Rec 20)"),
    "codes": (_RULE, "no code of a finding (SW-DEC-nnn)"),
    "code": (_RULE, "no code of a finding (SW-DEC-nnn)"),
    "rule": (_RULE, "no code of a finding (SW-DEC-nnn)"),
}


@cache
def _patterns(kind: type[Any]) -> tuple[tuple[str, re.Pattern[str], str], ...]:
    """Return the fields of a type whose texts have a pattern."""
    # By its fields, not by its attributes alone: without slots a class has none for a field, and the pattern would not be looked at.
    named = {one.name for one in fields(kind)}
    return tuple((name, *one) for name, one in _PATTERNS.items() if name in named or hasattr(kind, name))


def _judge_limit(row: Ground | AcceptancePeriod | HoldLimit) -> Iterator[tuple[str, str]]:
    for name, most in LONGEST_LIMIT.items():
        value = getattr(row, name, None)
        if isinstance(value, int) and not 0 < value <= most:
            yield name, f"{name}: lies between 1 and {most}"


def _is_figure(value: Decimal, *, above_zero: bool) -> bool:
    # By its parts first: one with a large exponent has millions of digits as soon as it is written out.
    if not value.is_finite() or not -_MOST_DIGITS <= value.adjusted() <= _MOST_DIGITS:
        return False
    return value > 0 if above_zero else value >= 0


def _judge(row: Any) -> Iterator[tuple[str, str]]:
    """Find faults of single fields that the types cannot exclude; fields that are left out are not judged yet."""
    if isinstance(row, Row):
        yield from _empty_texts(row)
    for name, pattern, fault in _patterns(row.__class__):
        value = getattr(row, name)
        values = value if isinstance(value, tuple) else (value,) if isinstance(value, str) else ()
        for one in values:
            if not pattern.fullmatch(one):
                yield name, f"{name}: {one!r} is {fault}"
    if isinstance(row, Row) and row.valid_to is not None and row.valid_to < row.valid_from:
        yield "valid_to", "valid_to: lies before valid_from"
    yield from _judge_figures(row)
    if isinstance(row, Ground | AcceptancePeriod | HoldLimit):
        yield from _judge_limit(row)
    form = getattr(row, "form", None)
    if isinstance(form, str):
        try:
            re.compile(form)
        except re.error as error:
            yield "form", f"form: no regular expression: {error}"
    if isinstance(row, UnitWord) and row.word != row.word.upper().replace("#", ""):
        yield "word", f"word: {row.word!r} is looked up in upper case and without #, so it never matches"
    if isinstance(row, RequiredDocuments):
        yield from _judge_groups_and_limits(row)


def _judge_figures(row: Any) -> Iterator[tuple[str, str]]:
    for name in ("factor", "percent", "up", "down", "per_euro"):
        value = getattr(row, name, None)
        if isinstance(value, Decimal) and not _is_figure(value, above_zero=name in ("factor", "per_euro")):
            yield name, f"{name}: {value} is no such figure"
    for name in ("first_minutes", "longest_minutes", "for_days", "minutes"):
        pause: Any = getattr(row, name, msgspec.UNSET)
        # An answer of any age at all may be too old to release on.
        if pause is not msgspec.UNSET and not (0 <= pause <= LONGEST_PAUSE and (pause or name == "minutes")):
            yield name, f"{name}: lies between 0 and {LONGEST_PAUSE}"


def _judge_groups_and_limits(row: RequiredDocuments) -> Iterator[tuple[str, str]]:
    if isinstance(row.all_of, tuple):
        for one in chain.from_iterable(row.all_of):
            if not _TYPE.fullmatch(one):
                yield "all_of", f"all_of: {one!r} is no document code (an4)"
    if isinstance(row.limits, tuple):
        for limit in row.limits:
            if not _is_figure(limit.net_mass, above_zero=True):
                yield "limits", f"limits: {limit.net_mass} is no such figure"


def _empty_texts(row: Any) -> Iterator[tuple[str, str]]:
    """Find empty texts, and empty lists where a row has to have entries: it would match nothing, or ask nothing."""
    for name, needed in _stated(row.__class__):
        value = getattr(row, name)
        if value == () and needed:
            yield name, f"{name}: at least one is needed"
        for inside in value if isinstance(value, tuple) else (value,):
            if inside == () or (isinstance(inside, tuple) and not all(part.strip() for part in inside)):
                yield name, f"{name}: a group is empty"
            if isinstance(inside, str) and not inside.strip():
                yield name, f"{name}: a text is needed"
            elif isinstance(inside, str) and inside != inside.strip():
                yield name, f"{name}: {inside!r} begins or ends with a blank"
            if is_dataclass(inside):
                yield from ((name, f"{name}: {fault}") for _, fault in _empty_texts(inside))


@cache
def _stated(kind: type[Any]) -> tuple[tuple[str, bool], ...]:
    """Return the fields of a type that a file states, each with whether it has to."""
    return tuple((one.name, one.default is MISSING) for one in fields(kind) if one.name != "place")


def _judge_whole(row: Any) -> Iterator[tuple[str, str]]:
    """Find contradictions between fields."""
    if isinstance(row, AskAgain) and row.longest_minutes < row.first_minutes:
        yield "longest_minutes", "longest_minutes: is shorter than first_minutes"
    if isinstance(row, Ground):
        yield from _judge_ground(row)
    if isinstance(row, StateCalendar):
        yield from _judge_calendar(row)
    if isinstance(row, HoldLimit):
        yield from _judge_hold_limit(row)
    if isinstance(row, DocumentRoute):
        yield from _judge_route(row)
    if isinstance(row, GeneralAuthorisation) and not row.destinations and not row.excluded:
        yield (
            "destinations",
            "destinations: neither destinations nor excluded ones are named, so it covers every country",
        )
    if isinstance(row, RequiredDocuments):
        yield from _judge_requirement(row)
    if isinstance(row, CredibilityCheck):
        yield from _judge_check(row)
    if isinstance(row, Equality) and row.condition is not CheckCondition.VALUE:
        yield "condition", f"condition: the wording of {row.condition} leaves nothing open"
    if isinstance(row, ExchangeRate) and row.currency == EURO:
        yield "currency", "currency: a rate is as much as one euro, which needs none itself"


def _judge_requirement(row: RequiredDocuments) -> Iterator[tuple[str, str]]:
    if row.at_entry and Direction.TRANSIT not in row.directions:
        yield "at_entry", "at_entry: is about transit, and the measure holds in none"
    if (row.destinations or row.excepted_destinations) and Direction.EXPORT not in row.directions:
        name = "destinations" if row.destinations else "excepted_destinations"
        yield name, f"{name}: is about export, and the measure holds in none"
    if row.declared_country:
        yield "declared_country", "declared_country: who leaves the country out would be released past the measure"
    if row.banned and row.only_told:
        yield "only_told", "only_told: what is banned is not only told; take one of the two out"
    if not row.all_of and not row.banned:
        yield "all_of", "all_of: a measure asks for one group at least; only what is banned may ask for none"


def _judge_ground(row: Ground) -> Iterator[tuple[str, str]]:
    if row.days is not None and row.years is not None:
        yield "years", "years: a limit is said in days or in years, not in both"
    after_release = row.kind is ApplicationKind.INVALIDATION and Phase.AFTER_RELEASE in row.phases
    if after_release and row.goods is None:
        said = " or ".join(f'"{one}"' for one in GoodsAre)
        yield "goods", f"goods: an invalidation after release says where the goods are by it: goods = {said}"
    if not after_release and row.goods is not None:
        yield "goods", "goods: is said of an invalidation after release alone; take it out"


def _judge_calendar(row: StateCalendar) -> Iterator[tuple[str, str]]:
    try:
        ZoneInfo(row.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield "zone", f"zone: {row.zone!r} is no time zone of the IANA database, such as Europe/Paris"
    if row.covered_to < row.covered_from:
        yield "covered_to", "covered_to: lies before covered_from"
    if row.counting == ():
        yield "counting", _NO_WEEKDAY


_NO_WEEKDAY = 'counting: at least one weekday counts: write "reg_1182" for all but Saturday and Sunday'


def _judge_hold_limit(row: HoldLimit) -> Iterator[tuple[str, str]]:
    if sum(one is not None for one in (row.days, row.working_days, row.years)) != 1:
        yield (
            "days",
            'days: a limit is said in one of days, working_days and years: say one of them (one taken over: days = "")',
        )
    if row.counting == ():
        yield "counting", _NO_WEEKDAY
    if never := [one for one in row.effects if not one.stops]:
        yield (
            "effects",
            f"effects: {', '.join(never)} holds nothing, so the limit never runs for it: name hold or refuse",
        )
    if row.first_day is FirstDay.REFUSAL_TOLD and row.effects != (Effect.REFUSE,):
        yield "effects", 'effects: a limit from the communication of a refusal runs for refusals: effects = ["refuse"]'


def _judge_route(row: DocumentRoute) -> Iterator[tuple[str, str]]:
    if row.quantity is not QuantityMode.NONE and not row.reserves:
        yield (
            "quantity",
            'quantity: `reserves` has to name the requested procedures under which it counts: write reserves = ["40"] beside it, say, '
            'or quantity = "none" if nothing is counted',
        )
    if row.quantity not in (QuantityMode.NONE, QuantityMode.ACCOUNT) and row.commodity is not Use.REQUIRED:
        yield (
            "quantity",
            'quantity: needs commodity = "required", or a line could be missed: write it beside it, or quantity = "none" if nothing is counted',
        )


def _judge_check(row: CredibilityCheck) -> Iterator[tuple[str, str]]:
    amounts = [one.amount for one in row.thresholds]
    if row.condition is None:
        for name in ("thresholds", "otherwise", "documents"):
            if getattr(row, name):
                yield name, f"{name}: without a condition nothing is compared; an officer judges the check"
        return
    if not amounts:
        yield "thresholds", "thresholds: at least one is needed; a check that an officer judges has no condition"
    if len(set(amounts)) != len(amounts):
        yield "thresholds", "thresholds: an amount is given twice"
    if not all(_is_figure(amount, above_zero=False) for amount in amounts):
        yield "thresholds", "thresholds: an amount is no such figure"
    if any(not _ACTION.fullmatch(one.action) for one in row.thresholds):
        yield "thresholds", "thresholds: an action is no action code of TARIC"
    for name in ("otherwise", "documents"):
        if getattr(row, name) and not row.condition.is_maximum:
            yield (
                name,
                f"{name}: only conditions E and I have it; of {row.condition} the highest amount that is reached decides",
            )
    yield from _judge_units(row)


def _judge_units(row: CredibilityCheck) -> Iterator[tuple[str, str]]:
    if row.condition is CheckCondition.VALUE and row.currency is None:
        yield "currency", "currency: condition U compares values, so it needs one"
    if row.condition is CheckCondition.MASS and row.currency is not None:
        yield "currency", "currency: condition R compares masses"
    if row.condition is CheckCondition.MASS and row.taric_unit is None:
        yield "taric_unit", "taric_unit: condition R needs the unit of the mass"
    if row.condition is not CheckCondition.MASS and row.per is not None:
        yield "per", "per: only condition R has it"
    if row.condition is not None and row.condition.is_maximum and row.currency is None and row.taric_unit is None:
        yield "taric_unit", "taric_unit: a maximum of a quantity needs its unit"
