"""The fields of a form by which something is stated with a suspension, a word or a duty."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gateway.domain.errors import CallInvalid, CallRefused, OtherContent, ReadBefore, SamePerson
from gateway.web.console.act_form import ActForm
from gateway.web.console.act_page import refusal
from gateway.web.visit import Visit
from gateway.wings.suspensions.errors import NotNow
from gateway.wings.suspensions.pages.suspension_view import SuspensionView
from gateway.wings.suspensions.stated import need_of


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedField:
    """A field in which something is stated."""

    name: str
    """In the rows."""
    label: str
    options: Sequence[tuple[str, str]]
    """The values that are meant, each with its words; empty: any."""
    is_needed: bool

    @property
    def field(self) -> str:
        """Its name in the form."""
        return f"need-{self.name}"


def fields_of(view: SuspensionView, needs: Iterable[str], *, optional: Iterable[str] = ()) -> list[StatedField]:
    """Return the fields for what has to be stated, and for what may be besides."""
    found: dict[str, StatedField] = {}
    for text, is_needed in (*((one, True) for one in needs), *((one, False) for one in optional)):
        need = need_of(text)
        found.setdefault(
            need.name,
            StatedField(
                name=need.name,
                label=view.need(need.name),
                options=[(one, view.value(one)) for one in need.values],
                is_needed=is_needed and not need.optional,
            ),
        )
    return list(found.values())


def stated_in(form: ActForm, fields: Iterable[StatedField], *, all_optional: bool = False) -> Mapping[str, str]:
    """Return what is stated in a form, its faults noted."""
    found = {}
    for one in fields:
        is_needed = one.is_needed and not all_optional
        needed = form.visit.text("suspensions.needed", name=one.label) if is_needed else ""
        if one.options and (needed or form.get(one.field)):
            allowed = frozenset(value for value, _ in one.options)
            value = form.one_of(one.field, allowed, needed=form.visit.text("suspensions.needed", name=one.label))
        else:
            value = form.words(one.field, needed=needed)
        if value:
            found[one.name] = value
    return found


def refusal_of(visit: Visit, error: CallRefused) -> str:
    """Return why nothing was done, in the reader's language."""
    if isinstance(error, ReadBefore):
        return visit.text("suspensions.changed")
    if isinstance(error, NotNow):
        return visit.text("suspensions.not_now")
    if isinstance(error, OtherContent):
        return visit.text("suspensions.other_content")
    if isinstance(error, CallInvalid) and not isinstance(error, SamePerson):
        return visit.text("suspensions.not_valid")
    return refusal(visit, error)
