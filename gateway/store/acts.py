"""Acts: what people did to one declaration, and what officers did by their own judgement over all of them."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from gateway.domain.acts import Act, ActKind, ListedAct, Who
from gateway.domain.codec import decode
from gateway.domain.events import EventKind
from gateway.domain.storable import is_storable
from gateway.store import rows
from gateway.store.database import Database

_NEWEST = 2**63 - 1
_ORDERED = (
    *("version", "number", "mrn", "accepted_at", "items", "override", "kind", "type", "reference", "outcome"),
    *("quantity", "unit", "lines", "application", "heard"),
)
"""The members of an act's event that are no digest and nobody's name."""


class Acts:
    """The acts of people on declarations. Every call raises `StoreUnavailable` without a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, record_id: str, *, approvals: bool = False) -> tuple[Act, ...]:
        """Return what people did to a declaration, in its order; with `approvals` also what they asked each other for."""
        values = {"id": record_id, "approvals": approvals}
        found = await self._database.rows("acts_of", values) if rows.is_id(record_id) else []
        return tuple(_act(row) for row in found)

    async def page(
        self,
        *,
        kinds: Collection[ActKind],
        since: datetime,
        until: datetime,
        person: str | None = None,
        before: int | None = None,
        limit: int = 50,
        offices: frozenset[str] | None = None,
    ) -> tuple[ListedAct, ...]:
        """Return acts below a number, the newest first; of one person, by name or by a key's id, and at some offices if given."""
        if not is_storable(person):
            return ()
        values: dict[str, Any] = {
            "kinds": sorted(kinds),
            "since": since,
            "until": until,
            "before": before or _NEWEST,
            "limit": limit,
        }
        values["offices"] = rows.offices_parameter(offices)
        if person is None:
            found = await self._database.rows("acts", values)
        else:
            found = await self._database.rows("acts_of_person", {**values, "person": person})
        return tuple(
            ListedAct(
                number=row["number"],
                kind=ActKind(row["act"]),
                id=row["id"],
                lrn=row["lrn"],
                mrn=row["mrn"],
                act=_act(row),
            )
            for row in found
        )


def _act(row: Mapping[str, Any]) -> Act:
    body: Mapping[str, Any] = decode(row["text"], dict)["body"]
    # A row as an older version wrote it has no actors; one that was erased has nothing.
    personal: Mapping[str, Any] = decode(row["personal"], dict) if row["personal"] is not None else {}
    stated = (personal.get("release") or {}).get("override") or personal.get("intervention") or personal
    return Act(
        seq=row["seq"],
        event=EventKind(row["kind"]),
        at=row["at"].astimezone(UTC),
        by=_who(body.get("by"), personal.get("by"), stated.get("officer")),
        second=_who(body.get("second"), personal.get("second"), stated.get("second_officer")),
        reason=stated.get("reason") or stated.get("statement"),
        means=stated.get("means"),
        ordered={name: body[name] for name in _ORDERED if body.get(name) is not None},
        approval=body.get("approval"),
    )


def _who(actor: Mapping[str, Any] | None, kept: Mapping[str, Any] | None, name: str | None) -> Who | None:
    if actor is None:
        return Who(id=None, role=None, person=name, proven=False) if name is not None else None
    return Who(
        id=actor["id"],
        role=actor["role"],
        person=kept["person"] if kept is not None else None,
        asserted_by=actor.get("asserted_by"),
        proven=actor.get("proven", True),
    )
