"""The form in which a declaration is corrected: the fields that its findings point at, and documents that are added, each with what is wrong beside it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import islice

from gateway.domain.errors import GatewayError
from gateway.domain.record import Record
from gateway.intake.editable_message import AddedCitation, FieldPlace, MessageChanges
from gateway.lifecycle.field_changes import ChangeableDeclaration, ChangeableField
from gateway.web.amounts import written
from gateway.web.console.act_form import ActForm
from gateway.web.console.case_view import CaseReading
from gateway.web.portal.additions import MOST_OFFERED, AddedRows, Addition, additions, offers
from gateway.web.portal.field_text import NUMBERS, message_text, text_fault
from gateway.web.portal.pointed import PointedFields
from gateway.web.portal.sent_declaration import SentDeclaration
from gateway.web.visit import Visit

VERSION = "of_version"
"""The hidden field with the version that was read."""
_MOST = 30
_OWN_NAMES = re.compile(r"(?:g[0-9]*(?:-[drpa][0-9]+)?|a[0-9]{1,2})-([a-z_]+)")
"""The names of the form's fields: of the declaration or a goods item, of a document there, or of a row that is added."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One field of the form."""

    name: str
    group: str
    label: str
    stands: str
    """The present value in the page's language."""
    typed: str
    text: str
    """The text that the message is to have."""
    of: ChangeableField

    @property
    def is_changed(self) -> bool:
        """Whether another value was typed than the present one."""
        return self.text != self.of.text


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldForm:
    """The form; without fields it says why there are none."""

    declaration: ChangeableDeclaration | None
    version: int
    fields: Sequence[FormField] = ()
    additions: Sequence[Addition] = ()
    taken_away: frozenset[str] = frozenset()
    """The documents that are to be taken away, by the names of their fields without the last part."""
    kept: Sequence[tuple[str, str]] = ()
    """Labels and texts of what was typed and has no field any more: the declaration moved on."""
    has_more: bool = False
    faults: Sequence[tuple[str, str]] = field(default=())
    """Pairs of field and sentence."""

    @property
    def can_be_written(self) -> bool:
        """Whether the declaration's message can be written with single fields changed."""
        return self.declaration is not None

    @property
    def typed(self) -> Mapping[str, str]:
        """The texts of its fields by their names."""
        return {one.name: one.typed for one in self.fields} | {
            one.field(part): text for one in self.additions for part, text in one.typed.items()
        }

    @property
    def groups(self) -> Sequence[tuple[str, str, Sequence[FormField]]]:
        """The fields by their goods item or document: its name, that of the box by which it is taken away (empty: it is none), and the fields."""
        found: dict[str, list[FormField]] = {}
        for one in self.fields:
            found.setdefault(one.group, []).append(one)
        return [(group, _document_of(fields[0]), fields) for group, fields in found.items()]

    @property
    def changed(self) -> Sequence[FormField]:
        """The fields that were changed."""
        return [one for one in self.fields if one.is_changed]

    @property
    def added(self) -> Sequence[Addition]:
        """The rows that add something."""
        return [one for one in self.additions if one.is_filled]

    @property
    def has_changes(self) -> bool:
        """Whether the next version would be another one."""
        return bool(self.changed or self.added or self.taken_away)

    def fault_of(self, name: str) -> str:
        """Return the fault of a field; empty: nothing."""
        return next((sentence for where, sentence in self.faults if where == name), "")

    def sent(self, visit: Visit) -> tuple[SentDeclaration, Mapping[str, str]]:
        """Return the next version with the changes, and the fields by the places that violations name; only of a form without faults."""
        assert self.declaration is not None, "a form has fields of a declaration that can be written"
        rows = [(citation, row) for row in self.added for citation in row.citations]
        away = [one.of.place for one in self.fields if _document_of(one) in self.taken_away]
        next_version = self.declaration.next_version(
            MessageChanges(
                texts={one.of.place: one.text for one in self.changed},
                added=[citation for citation, _ in rows],
                taken_away=away,
            )
        )
        fields = {one.of.place: one.name for one in self.fields}

        def name_of(changed: FieldPlace | AddedCitation) -> str:
            if isinstance(changed, FieldPlace):
                return fields[changed]
            return next(row.field("reference") for citation, row in rows if citation is changed)

        places = {place: name_of(changed) for place, changed in next_version.places.items()}
        name = visit.text("editing.name", version=self.version + 1)
        return SentDeclaration(name=name, content=next_version.content), places

    def refused(self, visit: Visit, error: GatewayError, places: Mapping[str, str]) -> "FieldForm":
        """Return the form with what a check of the whole found: each beside its field, the rest in the summary alone."""
        told = visit.web.cases.wording([visit.language]).violations(error.violations)
        faults = [(_nearest(one["path"] or "", places), one["message"]) for one in told]
        return replace(self, faults=faults[:_MOST])


def _nearest(path: str, places: Mapping[str, str]) -> str:
    """Return the field of a place in the message: its own, or that of what it is in."""
    found = [place for place in places if path == place or path.startswith(f"{place}/")]
    return places[max(found, key=len)] if found else "fields"


def _document_of(one: FormField) -> str:
    """Return the beginning of the names of a document's fields; empty: it is no document's."""
    return one.name.rpartition("-")[0] if one.of.place.cited_in is not None else ""


async def field_form(visit: Visit, record: Record, reading: CaseReading, typed: Mapping[str, str]) -> FieldForm:
    """Return the form as it was sent, or kept over sign-in, or with the declaration's present values."""
    pointed, is_sent = PointedFields(reading), visit.form.get("step", "").endswith("fields")
    if not pointed:
        # Nothing is the trader's to change, or nothing that holds may be told: nothing is offered, for every such cause.
        form = no_form(visit, record, typed)
        return replace(form, faults=_moved(visit, form)) if is_sent else form
    found = await visit.web.lifecycle.field_changes.of(record)
    words = ActForm(visit, typed)
    form = FieldForm(declaration=found, version=record.current_version)
    if found is not None:
        form = _filled(visit, form, words, pointed, record, reading)
    return replace(form, faults=[*_moved(visit, form), *form.faults]) if is_sent else replace(form, faults=())


def no_form(visit: Visit, record: Record, typed: Mapping[str, str]) -> FieldForm:
    """Return the form where nothing is to be corrected by one, with what was typed into it before that was so."""
    return FieldForm(declaration=None, version=record.current_version, kept=_kept(visit, typed, ()))


def _filled(
    visit: Visit, form: FieldForm, words: ActForm, pointed: PointedFields, record: Record, reading: CaseReading
) -> FieldForm:
    """Return the form with its fields and rows, and with what is wrong with what was typed."""
    assert form.declaration is not None, "it can be written"
    offered = list(islice(form.declaration.fields(pointed.names, pointed.lacks), _MOST + 1))
    fields = [_form_field(visit, one, words) for one in offered[:_MOST]]
    cures = offers(record, visit, reading.wording)
    rows = additions(cures, words.typed)
    tables = visit.web.lifecycle.tables.at(visit.web.calendar.day(visit.web.lifecycle.now()))
    added = AddedRows(visit, words, form.declaration.declared, tables)
    documents = {_document_of(one) for one in fields} - {""}
    form = replace(
        form,
        fields=fields,
        additions=[added.read(one) for one in rows],
        taken_away=frozenset(one for one in documents if words.get(f"{one}-away")),
        has_more=len(offered) > _MOST or len(cures) > MOST_OFFERED,
    )
    faults = [*_wrong(visit, form), *added.faults, *words.faults]
    if not faults and not form.has_changes:
        faults = [("fields", visit.text("editing.unchanged"))]
    known = [*form.typed, *(f"{row.name}-{part}" for row in form.additions for part in ("unknown", "items", "type"))]
    return replace(form, faults=faults, kept=_kept(visit, words.typed, known))


def _moved(visit: Visit, form: FieldForm) -> Sequence[tuple[str, str]]:
    """Return that the declaration is not any more what was read; empty: it is."""
    is_same = visit.form.get(VERSION) == str(form.version)
    return [] if is_same else [("fields", visit.text("editing.moved", version=form.version))]


def _kept(visit: Visit, typed: Mapping[str, str], known: Sequence[str]) -> Sequence[tuple[str, str]]:
    """Return what was typed into fields that are not there any more."""
    found = []
    for name, text in typed.items():
        part = _OWN_NAMES.fullmatch(name)
        if part is not None and text.strip() and name not in known and part[1] not in {"away", "unknown"}:
            found.append((visit.text(f"editing.field_{part[1]}"), text.strip()))
    return found[:_MOST]


def _form_field(visit: Visit, one: ChangeableField, words: ActForm) -> FormField:
    place = one.place
    name = "-".join(
        part
        for part in (
            f"g{'' if place.item is None else place.item + 1}",
            "" if place.cited_in is None else f"{place.cited_in.name[0].lower()}{place.position + 1}",
            place.name,
        )
        if part
    )
    of = visit.text("editing.item", number=one.goods_item) if one.goods_item is not None else visit.text("editing.all")
    if one.document is not None:
        document = f"{one.document.type} {one.document.reference}".strip()
        of = visit.text("frame.pair", head=of, rest=document)
    stands = written(Decimal(one.text), visit.language) if place.name in NUMBERS and one.text else one.text
    text = words.typed.get(name, stands).strip()
    return FormField(
        name=name,
        group=of,
        label=visit.text(f"editing.field_{place.name}"),
        stands=stands,
        typed=text,
        text=one.text if text == stands else message_text(words, place.name, name, text),
        of=one,
    )


def _wrong(visit: Visit, form: FieldForm) -> Iterator[tuple[str, str]]:
    for one in form.changed:
        if not one.typed:
            yield one.name, visit.text("editing.empty", field=one.label)
        elif fault := text_fault(visit, one.of.place.name, one.text):
            yield one.name, fault


def shown_changes(visit: Visit, form: FieldForm) -> Sequence[Mapping[str, str]]:
    """Return the changes, for the page that asks to send them."""
    found = [{"group": one.group, "label": one.label, "was": one.stands, "now": one.typed} for one in form.changed]
    for group, document, _ in form.groups:
        if document in form.taken_away:
            found.append({"group": group, "label": visit.text("adding.taken_away"), "was": "", "now": ""})
    for row in form.added:
        items = row.typed["items"]
        count = 1 if items.isdecimal() else 2
        group = visit.text("adding.items", items=items, count=count) if items else visit.text("editing.all")
        values = [row.typed[part] for part in ("type", "reference", "quantity", "unit")]
        label = visit.text("adding.added")
        found.append({"group": group, "label": label, "was": "", "now": " ".join(one for one in values if one)})
    return found


def hidden_fields(form: FieldForm) -> Sequence[tuple[str, str]]:
    """Return the names and texts with which the same form is sent once more."""
    rows = {row.field(part): text for row in form.added for part, text in row.typed.items()}
    known = {row.field("unknown"): row.typed["type"] for row in form.added}
    away = dict.fromkeys((f"{one}-away" for one in sorted(form.taken_away)), "yes")
    found = {one.name: one.typed for one in form.changed} | rows | known | away
    return [(name, text) for name, text in found.items() if text]
