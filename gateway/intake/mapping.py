"""The places of the model's fields in a format's elements: compiled once, then read in one walk over a message.

A path is names divided by `/`, from the record's own element, with `@name` for an attribute at its end or of that element itself; a name without a
prefix is in the format's own namespace, which is none if that is empty. A step may be
followed by conditions: `[X]` has a child or `@attribute` X, `[!X]` has none, `[X=a|b]` its value is one of these,
`[X!=a|b]` it is none of these.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias
from unicodedata import category

from msgspec import Struct, structs

from gateway.domain.declaration import AdditionalReference, GoodsItem, Money, PreviousDocument, SupportingDocument
from gateway.domain.transport import ItemDetails
from gateway.intake.xml import Element

_STEP = re.compile(r"((?:\w+:)?[A-Za-z_][\w.-]*)((?:\[[^\[\]]*\])*)")
_CONDITION = re.compile(r"\[(!?)(@?[\w.:-]+)(?:(!?=)([^\[\]]*))?\]")

_BLANKS = "\t\n\r" + "".join(chr(one) for one in range(0x10000) if category(chr(one)) == "Zs")
"""A schema's blanks, and those of Unicode (Zs), which look the same: a no-break space comes along with what is copied."""

MOST_DIGITS = 16
"""Digits before the point, or of a whole number: as many as Annex B gives a quantity."""
MOST_PLACES = 12

Condition = Callable[[Element], bool]


class PathFault(ValueError):
    """The fault of a path that cannot be read."""


def collapsed(text: str | None) -> str:
    """Return a text as a schema's token, without blanks around it and with one between words: Unicode's blanks count at the ends."""
    if text is None:
        return ""
    # Nearly every text is one of these, which have no blanks.
    if text.isalnum() or (text.isascii() and " " not in text and text.isprintable()):
        return text
    if "\t" in text or "\n" in text or "\r" in text or "  " in text:
        text = " ".join(part for part in re.split("[ \t\n\r]+", text) if part)
    return text.strip(_BLANKS)


class House(Struct, frozen=True, kw_only=True):
    """A level between the shipment and its goods items, as a house consignment: what it states is of its own items alone."""

    country_of_dispatch: str | None = None
    country_of_destination: str | None = None
    invoiced_currency: str | None = None
    documents: tuple[SupportingDocument, ...] = ()
    references: tuple[AdditionalReference, ...] = ()
    previous_documents: tuple[PreviousDocument, ...] = ()
    more: ItemDetails | None = None
    items: tuple[GoodsItem, ...] = ()

    def stated_on(self, item: GoodsItem) -> GoodsItem:
        """Return a goods item of it with its documents beside the item's own, and its fields where the item states none."""
        return structs.replace(
            item,
            country_of_dispatch=item.country_of_dispatch or self.country_of_dispatch,
            country_of_destination=item.country_of_destination or self.country_of_destination,
            invoiced_currency=item.invoiced_currency or self.invoiced_currency,
            documents=self.documents + item.documents,
            references=self.references + item.references,
            previous_documents=self.previous_documents + item.previous_documents,
            more=item.more.within(self.more) if item.more and self.more else item.more or self.more,
        )


@dataclass(slots=True)
class _Branch:
    """The reading to be done at one element on the way."""

    conditions: tuple[Condition, ...]
    slots: list[int] = field(default_factory=list)
    attributes: list[tuple[str, int]] = field(default_factory=list)
    groups: list[int] = field(default_factory=list)
    below: dict[str, "list[_Branch]"] = field(default_factory=dict)
    text: str = ""
    """The conditions as written: branches with the same are one."""
    table: "Table" = field(default_factory=dict)
    """The branches below, once all paths are gathered."""

    def plain(self, many: frozenset[int]) -> "_There | None":
        """Return the one thing to be done at its element; None: there is more, or it depends on what the element holds."""
        if self.conditions or self.attributes or len(self.slots) + len(self.groups) + bool(self.below) != 1:
            return None
        if self.below:
            return self.table
        if self.groups:
            return ~self.groups[0]
        return self.slots[0] if self.slots[0] not in many else None


_There: TypeAlias = "int | dict[str, _There] | list[_Branch]"
Table: TypeAlias = dict[str, _There]
"""The readings at an element, by its name: the slot of its text, or `~` its group, or the table of what is below it, where that is all; else the branches."""


def _table(gathered: Mapping[str, list[_Branch]], many: frozenset[int]) -> Table:
    found: Table = {}
    for name, branches in gathered.items():
        for branch in branches:
            branch.table = _table(branch.below, many)
        plain = branches[0].plain(many) if len(branches) == 1 else None
        found[name] = branches if plain is None else plain
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSource:
    """The source of a field's value: the first alternative that is there, or all its parts joined."""

    name: str
    to: type[Any]
    convert: Callable[[str], Any]
    slots: tuple[int, ...]
    joined: bool = False
    many: bool = False
    take: tuple[int, int | None] | None = None
    default: str | None = None
    currency: int | None = None
    """The slot of the amount's currency."""
    codes: Mapping[str, str] | None = None
    """What each of the format's own codes means; None: the text is taken as it stands."""
    paths: tuple[str, ...] = ()
    """The paths as written, for pointing at the place of a fault."""
    text: int | None = None
    """The slot of the one text that it takes unchanged; None: it is made otherwise."""

    @property
    def is_plain(self) -> bool:
        """Whether its value is the text itself."""
        return self.to is str and self.codes is None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSource:
    """The source of a list of records."""

    name: str
    groups: tuple[int, ...]
    record: "ElementRecord"
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartSource:
    """The source of a record that is read of the same element: what of it is stated stands in these slots and groups."""

    name: str
    record: "ElementRecord"
    slots: slice
    groups: slice
    listed: bool
    """Whether it is the one member of a list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementRecord:
    """The way in which one element becomes one value of the model."""

    kind: type[Any]
    required: tuple[str, ...]
    fields: tuple[FieldSource, ...]
    lists: tuple[ListSource, ...]
    houses: tuple[ListSource, ...]
    """The lists of goods items that stand below a level of their own."""
    parts: tuple["PartSource", ...]
    """The records that are read of the same element, and walked with it."""
    namespaces: Mapping[str, str]
    table: Table
    slots: int
    many_slots: frozenset[int]
    groups: int
    own: tuple[tuple[str, int], ...]
    """The attributes of the element itself, each with its slot."""
    texts: tuple[tuple[str, int], ...]
    """The slots of the fields that are texts unchanged."""
    others: tuple[tuple[FieldSource, int | None, tuple[int, ...]], ...]
    """All other fields, each with the slot of the one text that it is made of, or with all its slots."""
    defaults: Mapping[str, str]
    """The values of fields without anything in the message."""


class Paths:
    """The paths of one record, gathered into one table."""

    def __init__(self, namespaces: Mapping[str, str]) -> None:
        self._namespaces = namespaces
        self._gathered: dict[str, list[_Branch]] = {}
        self.own: list[tuple[str, int]] = []
        """The attributes of the record's own element, each with its slot."""
        self.slots = 0
        self.groups = 0

    def slot(self, path: str) -> int:
        """Add the path of a value; return the slot where the value will be."""
        steps, attribute = parted(path)
        if attribute and not steps:
            self.own.append((attribute, self.slots))
        elif attribute:
            self._branch(steps).attributes.append((attribute, self.slots))
        else:
            self._branch(steps).slots.append(self.slots)
        self.slots += 1
        return self.slots - 1

    def finished(self, many: frozenset[int]) -> Table:
        """Return the table once all paths are in it; `many` are the slots that gather several values."""
        return _table(self._gathered, many)

    def group(self, path: str) -> int:
        """Add the path of elements; return the group where they will be."""
        self._branch(path).groups.append(self.groups)
        self.groups += 1
        return self.groups - 1

    def _branch(self, path: str) -> _Branch:
        table, branch = self._gathered, None
        for step in split_path(path):
            found = _STEP.fullmatch(step)
            if found is None:
                raise PathFault(f"{path!r}: {step!r} is no step of a path")
            branches = table.setdefault(qualified(found[1], self._namespaces), [])
            branch = next((b for b in branches if b.text == found[2]), None)
            if branch is None:
                branch = _Branch(conditions=self._conditions(found[2], path), text=found[2])
                branches.append(branch)
            table = branch.below
        if branch is None:
            raise PathFault("an empty path")
        return branch

    def _conditions(self, text: str, path: str) -> tuple[Condition, ...]:
        found = tuple(_CONDITION.finditer(text))
        if "".join(one[0] for one in found) != text or any(one[1] and one[3] for one in found):
            raise PathFault(f"{path!r}: {text!r} is no condition")
        return tuple(self._condition(one) for one in found)

    def _condition(self, found: re.Match[str]) -> Condition:
        absent, name, operator, values = found.groups()
        tag = name if name.startswith("@") else qualified(name, self._namespaces)

        def value(element: Element) -> str:
            return collapsed(element.get(name[1:]) if name.startswith("@") else element.findtext(tag))

        if operator is None:
            return (lambda element: not value(element)) if absent else (lambda element: bool(value(element)))
        wanted = frozenset(values.split("|"))
        if operator == "=":
            return lambda element: value(element) in wanted
        return lambda element: value(element) not in wanted


def qualified(name: str, namespaces: Mapping[str, str]) -> str:
    """Return an element's name with its namespace; without a prefix it is the format's own."""
    prefix, _, local = name.rpartition(":")
    if prefix not in namespaces:
        raise PathFault(f"the prefix {prefix!r} is not in [namespaces]")
    return f"{{{space}}}{local}" if (space := namespaces[prefix]) else local


def parted(path: str) -> tuple[str, str]:
    """Return the steps of a path and the attribute at its end; empty: none."""
    steps, at, attribute = path.rpartition("@") if path.startswith("@") else path.rpartition("/@")
    return (steps, attribute) if at else (path, "")


def split_path(path: str) -> list[str]:
    """Return the steps of a path."""
    return re.split(r"/(?![^\[\]]*\])", path) if path else []


@dataclass(slots=True)
class MappingFault:
    """A part of a message that cannot be taken."""

    rule: str
    element: Element
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BlankEnd:
    """A text that began or ended with blanks: where it stands, and as it was taken."""

    element: Element
    kind: type[Any]
    field: str
    text: str


_FREE_TEXTS = frozenset({"description", "issuer"})
"""Fields that identify nobody: blanks around them say nothing."""


@dataclass(slots=True)
class MessageReading:
    """The reading of one message: what was made of which element, and what could not be taken."""

    elements: dict[int, Element] = field(default_factory=dict)
    """The elements by the identity of the value that was made of each."""
    problems: list[MappingFault] = field(default_factory=list)
    blank_ends: list[BlankEnd] = field(default_factory=list)
    most_blanks: int = 0
    """The number of them that are noted."""

    # In one function: it runs for each element of each message, and a call for each part of it is what it would cost.
    def read(  # noqa: C901
        self,
        element: Element,
        record: ElementRecord,
        preset: Mapping[str, Any] | None = None,
        walked: tuple[list[Any], list[list[Element]]] | None = None,
    ) -> Any:
        """Make a value of an element; None, with problems, if that cannot be done.

        Args:
            element: the record's element.
            record: how it is read.
            preset: fields that are not in the element.
            walked: what stands in it, where it was walked already.
        """
        if walked is None:
            slots: list[Any] = [None] * record.slots
            for many in record.many_slots:
                slots[many] = []
            groups: list[list[Element]] = [[] for _ in range(record.groups)]
            _walk(element, record.table, slots, record.many_slots, groups)
            for name, slot in record.own:
                slots[slot] = [element.get(name)] if slot in record.many_slots else element.get(name)
        else:
            slots, groups = walked
        values: dict[str, Any] = {**preset, **record.defaults} if preset else {**record.defaults}
        for name, slot in record.texts:
            found = slots[slot]
            if not found:
                continue  # most of what a message may say it does not say
            if found.isalnum():
                values[name] = found
            elif text := collapsed(found):
                values[name] = text
                if text is not found:
                    self._note_blanks(found, text, name, element, record)
        for source, alone, filled_by in record.others:
            if alone is not None:
                if not (found := slots[alone]):
                    continue
                text = found if found.isalnum() else collapsed(found)
                value = self._converted(source, text, element, record) if text else source.default
            else:
                for slot in filled_by:
                    if slots[slot]:
                        break
                else:
                    continue
                value = self._value(source, slots, element, record)
            if value is not None:
                values[source.name] = value
            elif source.default is not None:
                values.pop(source.name, None)
        for listed in record.lists:
            made = [
                one
                for group in listed.groups
                for child in groups[group]
                if (one := self.read(child, listed.record)) is not None
                # Of what has nothing that is read, there is nothing.
                and (listed.record.required or one != listed.record.kind())
            ]
            if made:
                values[listed.name] = tuple(made)
        for listed in record.houses:
            self._read_houses(listed, groups, values)
        for part in record.parts:
            if any(slots[part.slots]) or any(groups[part.groups]):
                made = self.read(element, part.record, walked=(slots, groups))
                if made != part.record.kind():
                    values[part.name] = (made,) if part.listed else made
        missing = [name for name in record.required if name not in values]
        if missing:
            self.problems += [MappingFault("missing", element, {"what": name}) for name in missing]
            return None
        result = record.kind(**values)
        self.elements[id(result)] = element
        return result

    def _read_houses(self, listed: ListSource, groups: list[list[Element]], values: dict[str, Any]) -> None:
        """Add the goods items of houses, each with what its own house states."""
        items: list[GoodsItem] = []
        for group in listed.groups:
            for child in groups[group]:
                house = self.read(child, listed.record)
                for item in house.items if house is not None else ():
                    stated = house.stated_on(item)
                    self.elements[id(stated)] = self.elements[id(item)]
                    items.append(stated)
        if items:
            values[listed.name] = tuple(items)

    def _note_blanks(self, found: str, text: str, name: str, element: Element, record: ElementRecord) -> None:
        if name in _FREE_TEXTS or len(self.blank_ends) >= self.most_blanks:
            return
        if found[0] in _BLANKS or found[-1] in _BLANKS:
            self.blank_ends.append(BlankEnd(element, record.kind, name, text))

    def _value(self, source: FieldSource, slots: Sequence[Any], element: Element, record: ElementRecord) -> Any:
        """Return the value of a field that is not one unchanged text."""
        found = [slots[slot] or "" for slot in source.slots]
        if source.many:
            found = [text or "" for texts in found for text in texts]
        # Of letters and digits alone, no part has blanks.
        parts = found if "".join(found).isalnum() else [collapsed(text) for text in found]
        if source.many:
            value: Any = tuple([part for part in parts if part]) or None
            if value is not None and source.to is not str:
                value = tuple([self._converted(source, part, element, record) for part in value])
        else:
            text = "".join(parts) if source.joined else next(filter(None, parts), "")
            if source.take is not None:
                text = text[source.take[0] : source.take[1]]
            if source.currency is not None:
                return self._money(source, text, collapsed(slots[source.currency]), element, record)
            value = self._converted(source, text, element, record) if text else source.default
        if source.to is str and parts is not found and value is not None:
            for was, text in zip(found, parts, strict=True):
                if text and text is not was:
                    self._note_blanks(was, text, source.name, element, record)
        return value

    def _money(self, source: FieldSource, text: str, currency: str, element: Element, record: ElementRecord) -> Any:
        if bool(text) != bool(currency):
            rule = "amount_without_currency" if text else "currency_without_amount"
            self.problems.append(MappingFault(rule, element, {}))
            return None
        if not text:
            return source.default
        value = self._converted(source, text, element, record)
        return None if value is None else Money(value=value, currency=currency)

    def _converted(self, source: FieldSource, text: str, element: Element, record: ElementRecord) -> Any:
        """Return what a text is as a field's type; None, with a problem: it is none of it."""
        try:
            return source.convert(text if source.codes is None else source.codes[text])
        except (KeyError, ValueError, InvalidOperation, OverflowError) as error:
            rule = "not_a_date" if source.to in (date, datetime) else "not_a_number"
            if isinstance(error, KeyError):
                rule = "not_a_code"
            place = find(element, source.paths[0], record)
            self.problems.append(MappingFault(rule, element if place is None else place, {"value": text}))
            return None


def find(element: Element, path: str, record: ElementRecord) -> Element | None:
    """Find the element that a path of a record means, without its conditions."""
    steps, attribute = parted(path)
    names = [step.partition("[")[0] for step in split_path(steps)]
    plain = "/".join(qualified(name, record.namespaces) for name in names)
    return element.find(plain) if plain else element if attribute else None


def text_at(element: Element, path: str, record: ElementRecord) -> str:
    """Return the text that a path of a record means, without its conditions; empty: nothing is there."""
    found, (_, attribute) = find(element, path, record), parted(path)
    if found is None:
        return ""
    return collapsed(found.get(attribute) if attribute else found.text)


def _walk(element: Element, table: Table, slots: list[Any], many: frozenset[int], groups: list[list[Element]]) -> None:
    # All children at once: one by one they cost a quarter more.
    for child in element[:]:  # type: ignore[index]  # the stubs know no slices
        there = table.get(child.tag)
        if there is None:
            continue
        if isinstance(there, int):
            if there < 0:
                groups[~there].append(child)
            elif slots[there] is None:
                slots[there] = child.text
        elif isinstance(there, dict):
            _walk(child, there, slots, many, groups)
        else:
            _branch_off(child, there, slots, many, groups)


def _branch_off(
    element: Element, branches: list[_Branch], slots: list[Any], many: frozenset[int], groups: list[list[Element]]
) -> None:
    for branch in branches:
        if branch.conditions and not all(fits(element) for fits in branch.conditions):
            continue
        for slot in branch.slots:
            if slot in many:
                slots[slot].append(element.text)
            elif slots[slot] is None:
                slots[slot] = element.text
        for name, slot in branch.attributes:
            if slot in many:
                slots[slot].append(element.get(name))
            elif slots[slot] is None:
                slots[slot] = element.get(name)
        for group in branch.groups:
            groups[group].append(element)
        if branch.table:
            _walk(element, branch.table, slots, many, groups)


def converter(to: type[Any], form: str = "") -> Callable[[str], Any]:
    """Return what makes values of a type of texts; `form` is that of days and moments (`FORMS`), else ISO 8601."""
    read = FORMS.get(form)
    if read is None:
        return _CONVERTERS[to]
    return (lambda text: read(text).date()) if to is date else read


def _number(text: str) -> Decimal:
    number = Decimal(text)
    # By its parts: written out, a number with a large exponent has millions of digits.
    if not number.is_finite() or not -MOST_PLACES <= number.adjusted() < MOST_DIGITS:
        raise ValueError(text)
    # There are no more digits than characters, which are counted sooner.
    if len(text) > MOST_DIGITS + MOST_PLACES and len(number.as_tuple().digits) > MOST_DIGITS + MOST_PLACES:
        raise ValueError(text)
    return number


def _whole_number(text: str) -> int:
    if len(text) > MOST_DIGITS:
        raise ValueError(text)
    return int(text)


def _time(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _day_in_digits(text: str) -> datetime:
    return datetime(int(text[:4]), int(text[4:6]), int(text[6:8]), tzinfo=UTC)


def _day_alone(text: str) -> datetime:
    if not _DAY.fullmatch(text):
        raise ValueError(text)
    return _day_in_digits(text)


def _moment_in_digits(text: str) -> datetime:
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise ValueError(text)
    day, clock, zone = found.groups()
    return datetime.fromisoformat(f"{day}T{clock}{zone}").astimezone(UTC)


FORMS: Mapping[str, Callable[[str], datetime]] = {
    "ccyymmdd": _day_in_digits,
    "102": _day_alone,
    "304": _moment_in_digits,
}
"""How a format may write days and moments, beside ISO 8601: `ccyymmdd` takes a day from what begins with it; the others are those of
UN/EDIFACT 2379, 102 a day, 304 a moment with its zone."""
_DAY = re.compile(r"[0-9]{8}")
_MOMENT = re.compile(r"([0-9]{8})([0-9]{6})(Z|[+-][0-9]{2}(?:[0-9]{2})?)")


_CONVERTERS: Mapping[type[Any], Callable[[str], Any]] = {
    str: str,
    Decimal: _number,
    int: _whole_number,
    datetime: _time,
    date: date.fromisoformat,
}
