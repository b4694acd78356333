"""The acts that a case offers its reader: where each is done, and the one button beside what stands against release."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from gateway.domain.actions import ActionName, WhyNot
from gateway.web.console.case_causes import CaseStopper
from gateway.web.console.case_place import with_queue
from gateway.web.console.case_view import Body, CaseReading

_PAGES = (
    ActionName.VERIFY,
    ActionName.RELEASE,
    ActionName.OVERRIDE,
    ActionName.CONFIRM,
    ActionName.CONTROL,
    ActionName.INTERVENE,
    ActionName.ACCEPT,
    ActionName.INVALIDATE,
)
"""The acts that have a page of their own name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedAct:
    """An act that is possible now; without an address its page is not here."""

    name: str
    href: str
    needs_second: bool
    is_button: bool = False
    """Whether it is done at once, by a form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOffers:
    """The acts that a reader may do with a case, and those not possible now."""

    possible: Sequence[OfferedAct]
    not_now: Sequence[Body]
    by_name: Mapping[str, OfferedAct]

    def button(self, stopper: CaseStopper) -> tuple[str, str] | None:
        """Return the act beside an obstacle to release, and its address; None: there is none.

        What takes two officers against a refusal is no remedy of any one thing: it stands in the list alone.
        """
        for name in _fitting(stopper):
            act = self.by_name.get(name)
            if act is not None and act.href and not (name == ActionName.OVERRIDE and act.needs_second):
                return name, _about(stopper, act.href) if name == ActionName.VERIFY else act.href
        return None


def offers(reading: CaseReading, here: str, queue: str = "") -> CaseOffers:
    """Return what a reader may do with a case at an address, which was opened from a queue."""
    found = reading.declared["actions"] or ()
    application = next((one["link"] for one in reading.declared["matters"] if one["kind"] == "application"), "")
    applied = str(application).rpartition("/")[2]
    possible = [_offered(one, here, queue, applied) for one in found if one["allowed"]]
    # On a hold goods are released by the same page as ever; it asks why.
    by_override = any(one.name == ActionName.OVERRIDE and not one.needs_second for one in possible)
    return CaseOffers(
        possible=possible,
        not_now=[
            one
            for one in found
            if not one["allowed"]
            and not (by_override and one["name"] == ActionName.RELEASE)
            # It is accepted once.
            and one["why_not"] != WhyNot.ACCEPTED
        ],
        by_name={one.name: one for one in possible},
    )


def _offered(action: Body, here: str, queue: str, application: str) -> OfferedAct:
    name = action["name"]
    page = ActionName.RELEASE if name == ActionName.OVERRIDE and not action["needs_second"] else name
    if name == ActionName.DECIDE_APPLICATION:
        href = with_queue(f"/console/applications/{application}", queue) if application else ""
    elif name == ActionName.END_EXAMINATION:
        href = with_queue(f"{here}/{ActionName.CONTROL}", queue)
    else:
        href = with_queue(f"{here}/{page}", queue) if name in _PAGES or name == ActionName.ASSESS else ""
    return OfferedAct(name=name, href=href, needs_second=action["needs_second"], is_button=name == ActionName.ASSESS)


def _fitting(stopper: CaseStopper) -> tuple[ActionName, ...]:
    if stopper.kind == "refuse":
        return (ActionName.CONFIRM,)
    by_hand = (ActionName.VERIFY,) if stopper.document is not None and stopper.turn != "declarant" else ()
    # Where somebody else is to move, a release in spite of it is not what is offered first.
    return (*by_hand, *((ActionName.OVERRIDE,) if stopper.turn == "officer" else ()))


def _about(stopper: CaseStopper, href: str) -> str:
    if stopper.document is None:
        return href
    kind, reference = stopper.document
    return f"{href}{'&' if '?' in href else '?'}{urlencode({'type': kind, 'reference': reference})}"
