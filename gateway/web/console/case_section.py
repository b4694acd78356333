"""A section of a case that a capability adds: its pages, its forms, and the way back to it."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from gateway.access import Call
from gateway.domain.declaration_name import DeclarationName
from gateway.domain.errors import NotAllowed
from gateway.domain.record import Record
from gateway.web.console.act_form import ActForm
from gateway.web.console.rows import CASES
from gateway.web.visit import Visit

_WAIT_S = 3.0
"""The seconds that a step waits for its decision, so that the case shows it at once."""


@dataclass(frozen=True, slots=True)
class CaseSection:
    """The section of one declaration: `name` is the last part of its address, and the folder of its templates."""

    visit: Visit
    record: Record
    name: str

    @classmethod
    async def of(cls, visit: Visit, call: Call, *, name: str, listed_by: Call) -> "CaseSection":
        """Return the section of the declaration that the address names, for a call on it; `listed_by`: the call that lists it.

        Raises:
            NotAllowed: the caller may not read it; traders read none.
            NotKnown: there is no such declaration.
        """
        caller = visit.caller
        caller.must_be_allowed(call)
        if caller.sees_as_trader:
            raise NotAllowed
        case = DeclarationName.of_text(visit.request.path_params["id"])
        return cls(visit, await visit.web.cases.read(caller, case, listed_by), name)

    @property
    def here_case(self) -> str:
        """The address of the case."""
        return f"{CASES}/{quote(self.record.id, safe='')}"

    @property
    def here(self) -> str:
        """The address of the section's list."""
        return f"{self.here_case}/{self.name}"

    def page(self, template: str, **values: Any) -> Response:
        """Return a page about it."""
        return self.visit.page(
            f"{self.name}/{template}",
            current=self.name,
            zone=self.visit.web.calendar.zone,
            name=self.record.mrn or self.record.lrn,
            here_case=self.here_case,
            here_all=self.here,
            **values,
        )

    def form(self, template: str, form: ActForm, **values: Any) -> Response:
        """Return the page of a form, which says what state of the case its reader saw."""
        decision = self.record.decision
        return self.page(
            template,
            form=form,
            typed=form.typed,
            read_version=self.record.version,
            read_decision=0 if decision is None else decision.number,
            **values,
        )

    async def done(self, what: str, *, seq: int | None = None) -> Response:
        """Lead back to the list, which says what was done, once the decision follows it (`seq`: the event that it has to know)."""
        await self.visit.drop_draft()
        await self.visit.web.lifecycle.once_decided(self.record.id, seq=seq, within_s=_WAIT_S)
        return self.visit.onward_done(self.here, what)
