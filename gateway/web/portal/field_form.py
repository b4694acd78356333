"""The form in which single fields of a declaration are changed: those that its findings name, each with what is wrong beside it."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import islice

from gateway.domain.document import DocumentKey
from gateway.domain.errors import GatewayError
from gateway.domain.record import Record
from gateway.domain.work_list import Turn
from gateway.lifecycle.field_changes import ChangeableDeclaration, ChangeableField
from gateway.web.amounts import written
from gateway.web.console.act_form import ActForm
from gateway.web.console.case_view import Body, CaseReading, key, stands_against
from gateway.web.portal.sent_declaration import SentDeclaration
from gateway.web.visit import Visit

VERSION = "of_version"
"""The hidden field with the version that was read."""
_MOST = 30
_NUMBERS = frozenset({"quantity", "net_mass", "supplementary_units"})
_QUANTITIES = _NUMBERS | {"unit"}
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Kinds of characters that nobody sees, right-to-left marks among them: nobody types them into such a field on purpose."""


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
    fields: Sequence[FormField]
    has_more: bool = False
    faults: Sequence[tuple[str, str]] = field(default=())
    """Pairs of field and sentence."""

    @property
    def can_be_written(self) -> bool:
        """Whether the declaration's message can be written with single fields changed."""
        return self.declaration is not None

    @property
    def groups(self) -> Sequence[tuple[str, Sequence[FormField]]]:
        """The fields by their goods item or document."""
        found: dict[str, list[FormField]] = {}
        for one in self.fields:
            found.setdefault(one.group, []).append(one)
        return list(found.items())

    @property
    def changed(self) -> Sequence[FormField]:
        """The fields that were changed."""
        return [one for one in self.fields if one.is_changed]

    def fault_of(self, name: str) -> str:
        """Return the fault of a field; empty: nothing."""
        return next((sentence for where, sentence in self.faults if where == name), "")

    def sent(self, visit: Visit) -> SentDeclaration:
        """Return the next version with the changes; only of a form without faults."""
        assert self.declaration is not None, "a form has fields of a declaration that can be written"
        changes = {one.of.place: one.text for one in self.changed}
        name = visit.text("editing.name", version=self.version + 1)
        return SentDeclaration(name=name, content=self.declaration.next_version(changes))

    def refused(self, visit: Visit, error: GatewayError) -> "FieldForm":
        """Return the form with what a check of the whole found: each beside its field, the rest in the summary alone."""
        by_path = {one.of.path: one.name for one in self.fields}
        told = visit.web.cases.wording([visit.language]).violations(error.violations)
        faults = [(by_path.get(one["path"] or "", "fields"), one["message"]) for one in told]
        return replace(self, faults=faults[:_MOST])


async def field_form(visit: Visit, record: Record, reading: CaseReading, typed: Mapping[str, str]) -> FieldForm:
    """Return the form as it was sent, or kept over sign-in, or with the declaration's present values."""
    named = _Named(reading)
    if not named.about:
        # Nothing is the trader's to change, or nothing that holds may be told: nothing is offered, for every such cause.
        return FieldForm(declaration=None, version=record.current_version, fields=())
    found = await visit.web.lifecycle.field_changes.of(record)
    offered = [] if found is None else list(islice(found.fields(named.names), _MOST + 1))
    words = ActForm(visit, typed)
    form = FieldForm(
        declaration=found,
        version=record.current_version,
        fields=[_form_field(visit, one, words) for one in offered[:_MOST]],
        has_more=len(offered) > _MOST,
    )
    is_sent = visit.form.get("step", "").endswith("fields")
    return replace(form, faults=_faults(visit, form, words)) if is_sent else form


class _Named:
    """The goods items and documents that the trader's findings name: documents at goods items, and goods items without one."""

    def __init__(self, reading: CaseReading) -> None:
        decision: Body | None = reading.declared["decision"]
        findings = [] if decision is None else decision["findings"]
        self.about = frozenset(
            (None if one["document"] is None else DocumentKey(*key(one["document"])), one["goods_item"])
            for one in findings
            if stands_against(one) and one["turn"] == Turn.DECLARANT
        )
        self._documents = frozenset(document for document, _ in self.about if document is not None)
        self._items = frozenset(item for document, item in self.about if document is not None and item is not None)
        self._items_alone = frozenset(item for document, item in self.about if document is None)

    def names(self, name: str, item: int | None, document: DocumentKey | None) -> bool:
        """Whether a finding names a field: by its document, else by its goods item."""
        if document is None:
            return item in self._items
        if (document, item) in self.about or (document, None) in self.about:
            return True
        if item is None and document in self._documents:
            return True
        # Of a goods item alone a document is missing or wrong: what it cites may be changed, no quantity.
        return item in self._items_alone and name not in _QUANTITIES


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
    stands = _shown(visit, one)
    text = words.typed.get(name, stands).strip()
    return FormField(
        name=name,
        group=of,
        label=visit.text(f"editing.field_{place.name}"),
        stands=stands,
        typed=text,
        text=one.text if text == stands else _read(words, name, one, text),
        of=one,
    )


def _shown(visit: Visit, one: ChangeableField) -> str:
    return written(Decimal(one.text), visit.language) if one.place.name in _NUMBERS else one.text


def _read(words: ActForm, name: str, one: ChangeableField, text: str) -> str:
    """Return the typed text as the message is to have it: a number by the signs of the page's language."""
    if one.place.name not in _NUMBERS or not text:
        return text
    amount = words.amount(name)
    return text if amount is None else f"{amount:f}"


def _faults(visit: Visit, form: FieldForm, words: ActForm) -> Sequence[tuple[str, str]]:
    """Return the faults of the typed texts, before the whole is checked."""
    if visit.form.get(VERSION) != str(form.version):
        return [("fields", visit.text("editing.moved", version=form.version))]
    found = [*_wrong(visit, form), *words.faults]
    return found if found or form.changed else [("fields", visit.text("editing.unchanged"))]


def _wrong(visit: Visit, form: FieldForm) -> Iterator[tuple[str, str]]:
    for one in form.changed:
        if not one.typed:
            yield one.name, visit.text("editing.empty", field=one.label)
        elif one.of.place.name not in _NUMBERS and any(
            each in "<>" or unicodedata.category(each) in _UNSEEN for each in one.typed
        ):
            yield one.name, visit.text("editing.marks", field=one.label)


def shown_changes(form: FieldForm) -> Sequence[Mapping[str, str]]:
    """Return the changes, for the page that asks to send them."""
    return [
        {"name": one.name, "group": one.group, "label": one.label, "was": one.stands, "now": one.typed}
        for one in form.changed
    ]
