"""The reading of a pack: every fault of it at once, each with its line; of what has not the form of one, the first."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import msgspec
import re2
import tomli

from gateway.contract import Direction
from gateway.domain.control import ExaminationOf
from gateway.domain.errors import ConfigurationError
from gateway.domain.tables.in_force import InForce
from gateway.settings.toml.rows_file import Where
from gateway.wings.controls.order import ControlStage
from gateway.wings.controls.parties.facts import ROLES, AeoType
from gateway.wings.controls.risk.measures import COUNTED, FIGURE_ELEMENTS, LISTED, expression
from gateway.wings.controls.risk.pack import (
    Band,
    IfMissing,
    Measure,
    Pack,
    PackKind,
    PackRow,
    WeightGroup,
    most_of_the_same_goods,
)
from gateway.wings.controls.rows import ControlArea, ControlLevel, ControlType

_YEAR = timedelta(days=366)
_CRISIS = timedelta(days=180)
_WITHOUT_GOODS = 200
"""The rows of a pack that name no goods: each of them is held against every goods item."""
_OF_THE_SAME_GOODS = 1_000
"""The rows of a pack that one goods item may be held against: a declaration has up to ten thousand."""
_DIGITS = 20
"""The digits of a number before and behind its point."""
_COUNTRY = re.compile(r"[A-Z]{2}")
_OFFICE = re.compile(r"[A-Z]{2}[A-Z0-9]{6}")
_REVIEWED = frozenset({PackKind.COMMON, PackKind.FINANCIAL, PackKind.NATIONAL})
_UNTOLD = frozenset({PackKind.CRISIS, PackKind.ALERT})
"""The kinds of packs of which nobody is told by itself."""
_UNWEIGHED = frozenset({PackKind.CRISIS, PackKind.RANDOM, PackKind.ALERT})
_COUNTING: Mapping[WeightGroup, frozenset[AeoType]] = MappingProxyType(
    {
        WeightGroup.FINANCIAL: frozenset({AeoType.CUSTOMS, AeoType.BOTH}),
        WeightGroup.SAFETY: frozenset({AeoType.SECURITY, AeoType.BOTH}),
    }
)
"""The types of authorisation that count for a group."""
_IN_PATH = re.compile(r"\.(\w+)|\[(\d+)\]")


def read_pack(raw: bytes, file: str, tables: InForce) -> Pack:
    """Return the pack that a file says.

    Args:
        raw: what the file holds, TOML.
        file: its name in faults.
        tables: the rows that say which types and levels of control there are.

    Raises:
        ConfigurationError: it is not sound; with all of the faults.
    """
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise ConfigurationError((f"{file}: not UTF-8",)) from None
    where, written = Where(file, text), _toml(text, file)
    try:
        pack = msgspec.convert(written, Pack)
    except msgspec.ValidationError as error:
        said, _, at = str(error).partition(" - at `$")
        path = [name or int(number) for name, number in _IN_PATH.findall(at)]
        raise ConfigurationError((f"{where.at(*path)}: {said}",)) from None
    if faults := (*_of_empty_scopes(written["row"], where), *_faults(pack, where, tables)):
        raise ConfigurationError(faults)
    return pack


def _toml(text: str, file: str) -> dict[str, Any]:
    try:
        return tomli.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as error:  # the reader's own, of a number or of nesting without end, too
        line = re.search(r"at line (\d+)", str(error))
        raise ConfigurationError((f"{file}:{line[1] if line else 1}: not TOML: {error}",)) from None


def _of_empty_scopes(rows: list[dict[str, Any]], where: Where) -> Iterator[str]:
    # Of the pack itself it cannot be said: there a field that is left out is empty, too.
    for index, row in enumerate(rows):
        for name, values in row.get("scope", {}).items():
            if not values:
                yield f"{where.at('row', index)}: scope.{name} is empty, and would mean all: leave it out, or name some"


def _faults(pack: Pack, where: Where, tables: InForce) -> Iterator[str]:
    yield from _of_span(pack, where)
    if (named := sum(1 for row in pack.row if not row.scope.goods)) > _WITHOUT_GOODS:
        yield f"{where.at('row')}: {named} rows name no goods, at most {_WITHOUT_GOODS} may: name beginnings of commodity codes"
    if (most := most_of_the_same_goods(row.scope for row in pack.row)) > _OF_THE_SAME_GOODS:
        yield f"{where.at('row')}: {most} rows are about the same goods of one origin, at most {_OF_THE_SAME_GOODS} may: join them by lists, or name longer codes"
    twice = Counter(row.criterion for row in pack.row)
    for index, row in enumerate(pack.row):
        at = where.at("row", index)
        if twice[row.criterion] > 1:
            yield f"{at}: {row.criterion} stands {twice[row.criterion]} times: a criterion is one row"
        if pack.kind is PackKind.PRIORITY_AREA and not row.scope.narrows:
            yield f"{at}: a row of a priority area names goods, procedures, routes, modes of transport or operators (UCC Art. 46(8))"
        yield from (f"{at}: {one}" for one in _of_codes(row, tables))
        if beyond := [one for one in _numbers(row) if not _is_bounded(one)]:
            yield from (f"{at}: {one:.9} is no number of at most {_DIGITS} digits on each side" for one in beyond)
            continue
        for measure in row.measure:
            yield from (f"{at}: {one}" for one in _of_measure(measure, tables))
        yield from (f"{at}: {one}" for one in _of_bands(row, tables))
        yield from (f"{at}: {one}" for one in (*_of_announcement(pack, row, tables), *_of_entry(pack, row)))
    yield from _of_weights(pack, where)
    yield from _OF_KIND.get(pack.kind, _of_types)(pack, where)


def _of_codes(row: PackRow, tables: InForce) -> Iterator[str]:
    scope = row.scope
    for role in set(scope.parties) - set(ROLES):
        yield f"there is no role {role!r}: it is one of {', '.join(ROLES)}"
    if row.area is not None and tables.further.find(ControlArea, row.area) is None:
        yield f"there is no area {row.area!r}: it is one of [[control_area]]"
    for name in ("origin", "dispatch", "destination"):
        for one in getattr(scope, name):
            if not _COUNTRY.fullmatch(one):
                yield f"{one!r} is no code of a country: scope.{name} has two capital letters"
    for one in scope.offices:
        if not _OFFICE.fullmatch(one):
            yield f"{one!r} is no reference of an office: scope.offices has a country and six letters or figures"


def _numbers(row: PackRow) -> list[Decimal]:
    found = (
        *(bound for one in row.measure for bound in (one.at_least, one.below)),
        *(bound for one in row.band for bound in (one.start, one.to, one.share)),
    )
    return [one for one in found if one is not None]


def _is_bounded(number: Decimal) -> bool:
    """Whether it is finite and short: an exact fraction of 1e-99999999 would take the processor for hours."""
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and abs(exponent) <= _DIGITS and number.adjusted() < _DIGITS


def _of_span(pack: Pack, where: Where) -> Iterator[str]:
    end, first = pack.valid_to, pack.valid_from
    if end is not None and end < first:
        yield f"{where.at('valid_to')}: the pack ends before it begins"
    if pack.kind in _REVIEWED and not _is_within(pack.review_on, first, _YEAR):
        yield f"{where.at('review_on')}: a {pack.kind} pack is reviewed within 12 months: give review_on"
    if pack.kind is PackKind.PRIORITY_AREA and end is None:
        yield f"{where.at('kind')}: a priority area ends: give valid_to"
    if pack.kind is PackKind.CRISIS and not _is_within(end, first, _CRISIS):
        yield f"{where.at('kind')}: a crisis pack ends within 180 days: give valid_to"
    if pack.target is not None and not (_is_bounded(pack.target) and 0 < pack.target <= 1):
        yield f"{where.at('target')}: a target is above 0 and 1 at most, not {pack.target:.9}"
    if pack.target is not None and pack.kind in (PackKind.RANDOM, PackKind.ALERT):
        yield f"{where.at('target')}: a pack of kind {pack.kind} has no target: what it finds is not to be steered"
    if pack.suspends and pack.kind is not PackKind.CRISIS:
        yield f"{where.at('suspends')}: a crisis pack alone suspends others"
    if pack.name in pack.suspends:
        yield f"{where.at('suspends')}: a pack cannot suspend itself"


def _of_alert(pack: Pack, where: Where) -> Iterator[str]:
    if not _is_within(pack.valid_to, pack.valid_from, _YEAR):
        yield f"{where.at('kind')}: an alert ends within a year: give valid_to"
    for index, row in enumerate(pack.row):
        at = where.at("row", index)
        if not all(one.list is not None or one.always for one in row.measure):
            yield f"{at}: an alert is of exact values: its measures are list and always"
        if not row.scope.narrows and all(one.list is None for one in row.measure):
            yield f"{at}: an alert names goods, routes, operators or a list of values"
        if any(band.share != 1 for band in row.band):
            yield f"{at}: an alert draws nothing: its share is 1"
        if row.if_missing is not IfMissing.COUNT:
            yield f"{at}: an alert is of what is declared: leave if_missing out"


def _of_announcement(pack: Pack, row: PackRow, tables: InForce) -> Iterator[str]:
    if not row.may_tell:
        return
    if pack.kind in _UNTOLD:
        yield f"nobody is told by itself of what a pack of kind {pack.kind} chooses: leave may_tell out"
    if row.elevated:
        yield "of an elevated threat nobody is told by itself (Del. Reg. (EU) 2015/2446 Art. 25): leave may_tell out"
    types = {one for band in row.band if band.stage is ControlStage.BEFORE_RELEASE for one in band.types}
    found = (tables.further.find(ControlType, str(one)) for one in types)
    if not any(one is not None and one.of is ExaminationOf.GOODS for one in found):
        yield "may_tell is of goods that are examined before release: no band has such a type of control"


def _of_entry(pack: Pack, row: PackRow) -> Iterator[str]:
    if not row.unless_done:
        return
    if pack.kind in _UNWEIGHED:
        yield f"what a pack of kind {pack.kind} chooses is controlled whatever was done at entry: leave unless_done out"
    if row.elevated:
        yield "an elevated threat is controlled whatever was done at entry: leave unless_done out"
    if all(band.stage is not ControlStage.BEFORE_RELEASE for band in row.band):
        yield "unless_done is of controls before release: no band has any"


def _of_weights(pack: Pack, where: Where) -> Iterator[str]:
    for index, weight in enumerate(pack.weight):
        at = where.at("weight", index)
        if pack.kind in _UNWEIGHED:
            yield f"{at}: a pack of kind {pack.kind} chooses trusted operators as all others"
        for one in (weight.factor, weight.floor):
            if not _is_bounded(one) or not 0 < one <= 1:
                yield f"{at}: factor and floor lie above 0 and are 1 at most, not {one:.9}"
        for role in set(weight.roles) - set(ROLES):
            yield f"{at}: there is no role {role!r}: it is one of {', '.join(ROLES)}"
        if other := set(weight.types) - _COUNTING[weight.group]:
            yield f"{at}: {', '.join(sorted(other))} does not count for what is {weight.group} (UCC Art. 38(6))"
    known = {one.group for one in pack.weight}
    for index, row in enumerate(pack.row):
        if row.weight is not None and row.weight not in known:
            yield f"{where.at('row', index)}: there is no [[weight]] of the group {row.weight}"


def _is_within(day: date | None, first: date, most: timedelta) -> bool:
    return day is not None and timedelta() <= day - first <= most


def _of_random(pack: Pack, where: Where) -> Iterator[str]:
    yield from _of_types(pack, where)
    missing = set(Direction)
    for index, row in enumerate(pack.row):
        missing -= set(row.scope.direction) or set(Direction)
        if any(band.share <= 0 for band in row.band):
            yield f"{where.at('row', index)}: the share of a random row is above 0 (UCC Art. 46(2))"
    for one in sorted(missing):
        yield f"{where.at('row')}: no random row is about {one}: each direction has one (UCC Art. 46(2))"


def _of_types(pack: Pack, where: Where) -> Iterator[str]:
    for index, row in enumerate(pack.row):
        if not all(band.types for band in row.band):
            yield f"{where.at('row', index)}: a band names no type of control, which an alert alone may"


_OF_KIND: Mapping[PackKind, Callable[[Pack, Where], Iterator[str]]] = MappingProxyType(
    {PackKind.RANDOM: _of_random, PackKind.ALERT: _of_alert}
)


def _of_measure(measure: Measure, tables: InForce) -> Iterator[str]:
    if len(measure.names) != 1:
        yield f"a measure has one of its members, not {len(measure.names)}"
        return
    (name,) = measure.names
    yield from _CHECKS[name](measure) if name in _CHECKS else ()
    if measure.is_bounded and not measure.is_figure:
        yield f"{name} is no figure: it has no bounds"
    least, below = measure.at_least, measure.below
    if least is not None and below is not None and below <= least:
        yield "the bounds of a measure are reversed"
    if measure.finding is not None and tables.rule(measure.finding) is None:
        yield f"no decision has the finding {measure.finding}: docs/rules.md has those that there are"
    if measure.price is not None and tables.credibility.per_euro(measure.price) is None:
        yield f"there is no exchange rate of {measure.price}: no price could be stated in it"
    if (measure.per is not None) is not (name == "price"):
        yield "a price has per, the figure by which it is, and nothing else has it"
    if (measure.values is not None) is not (name == "list"):
        yield "a list has values, and nothing else has them"


def _unknown(element: str, known: Iterable[str]) -> Iterator[str]:
    if element not in known:
        yield f"there is no {element!r} here: it is one of {', '.join(known)}"


def _of_text(measure: Measure) -> Iterator[str]:
    try:
        expression(measure.text or "")
    except re2.error:
        yield "the regular expression is none of RE2, or is too large"


_CHECKS: Mapping[str, Callable[[Measure], Iterator[str]]] = MappingProxyType(
    {
        "always": lambda one: iter(() if one.always else ("always is true or left out",)),
        "compare": lambda one: _unknown(one.compare or "", FIGURE_ELEMENTS),
        "ratio": lambda one: (fault for each in one.ratio or () for fault in _unknown(each, FIGURE_ELEMENTS)),
        "price": lambda one: _unknown(one.per or "", FIGURE_ELEMENTS) if one.per else iter(()),
        "count": lambda one: _unknown(one.count or "", COUNTED),
        "list": lambda one: _unknown(one.list or "", LISTED),
        "text": _of_text,
    }
)


def _of_bands(row: PackRow, tables: InForce) -> Iterator[str]:
    unbounded = [one for one in row.measure if one.is_figure and not one.is_bounded]
    if len(unbounded) > 1:
        yield "two figures have no bounds: bands are of one of them"
    first = row.band[0]
    if not unbounded and (len(row.band) > 1 or first.start is not None or first.to is not None):
        yield "bands with bounds need a measure that is a figure without bounds of its own"
    end: Decimal | None = None
    for number, band in enumerate(row.band):
        yield from _of_band(band, tables)
        if number and end is None:
            yield "a band stands behind one without end"
            return
        start = band.start if band.start is not None else end
        if end is not None and start is not None and start < end:
            yield f"bands overlap at {start}"
        if start is not None and band.to is not None and band.to <= start:
            yield f"the band to {band.to} ends where it begins"
        end = band.to


def _of_band(band: Band, tables: InForce) -> Iterator[str]:
    if not 0 <= band.share <= 1:
        yield f"a share is from 0 to 1, not {band.share}"
    if tables.further.find(ControlLevel, band.level) is None:
        yield f"there is no level {band.level!r}"
    for one in band.types:
        if tables.further.find(ControlType, str(one)) is None:
            yield f"there is no type of control {one}"
