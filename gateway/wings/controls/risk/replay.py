"""The replay of sealed assessments: each is made again from what it kept, and is equal or differs; nobody is asked, and nothing is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import msgspec
from msgspec import structs

from gateway.beside import beside_if_large
from gateway.configured_rules import Rules
from gateway.domain.declaration import Declaration
from gateway.domain.tables.in_force import Tables
from gateway.history.recall import completed_under
from gateway.store import Store
from gateway.wings.controls.risk.criteria import Assessed, Criteria
from gateway.wings.controls.risk.draw import drawn
from gateway.wings.controls.risk.ledger import packs_of
from gateway.wings.controls.risk.room import AssessedBy, KeptAssessment, SealedRoom


def assessed_from(
    grounds: AssessedBy,
    criteria: Criteria,
    declaration: Declaration,
    tables: Tables,
    *,
    record_id: str,
    version: int,
    epoch: bytes,
) -> Assessed:
    """Return what criteria come to for a declaration, by what is kept of that: now, or once more."""
    if grounds.mrn is not None:
        declaration = structs.replace(declaration, mrn=grounds.mrn)
    found = {one.goods_item: frozenset(one.codes) for one in grounds.findings}
    everywhere = found.get(None, frozenset())
    return criteria.assess(
        declaration,
        tables.at(grounds.day),
        version=version,
        findings=lambda item: found.get(item, frozenset()) | everywhere,
        draw=lambda name: drawn(epoch, name, record_id),
        before=grounds.before,
        trusted=grounds.trusted,
    )


def both_from(
    grounds: AssessedBy,
    criteria: Criteria,
    shadow: Criteria,
    declaration: Declaration,
    tables: Tables,
    *,
    record_id: str,
    version: int,
    epoch: bytes,
) -> tuple[Assessed, Assessed | None]:
    """Return what criteria come to, and what those in shadow do; None: there are none, or they fail, and nothing follows."""

    def made(criteria: Criteria, grounds: AssessedBy) -> Assessed:
        return assessed_from(grounds, criteria, declaration, tables, record_id=record_id, version=version, epoch=epoch)

    assessed = made(criteria, grounds)
    if not shadow.names:
        return assessed, None
    try:
        return assessed, made(shadow, structs.replace(grounds, before=()))  # nothing was chosen by them
    except Exception:  # whatever it is: what counts for nothing holds nothing, and is told of nowhere
        return assessed, None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessedAgain:
    """An assessment that was made again."""

    seq: int
    faults: tuple[str, ...]
    """Where it differs, or why it could not be made again; none: it is equal, byte by byte."""


class _NotReplayed(Exception):
    """An assessment cannot be made again: something that it was made from is missing."""


class SecondAssessment:
    """The replay over one sealed room. Every call raises `StoreUnavailable` without a database."""

    def __init__(self, store: Store, room: SealedRoom, ours: Rules) -> None:
        self._store = store
        self._room = room
        self._ours = ours
        self._tables: dict[str, Tables] = {}
        self._criteria: tuple[tuple[int, date], tuple[Criteria, Criteria]] | None = None

    async def of(self, record_id: str) -> Sequence[AssessedAgain]:
        """Make the assessments of a declaration again, in their order.

        Raises:
            BrokenLedger: one of them was changed, or is missing.
            WrongKey: none of the keys opens one of them.
        """
        done, chosen = list[AssessedAgain](), frozenset[str]()
        for kept in await self._room.of(record_id):
            try:
                again, shadow = await self._again(record_id, kept)
                faults = _differences(kept, again, shadow, chosen)
            except _NotReplayed as error:
                faults = (f"cannot be made again: {error}",)
            done.append(AssessedAgain(seq=kept.seq, faults=faults))
            chosen = frozenset(kept.sealed.chosen)
        return done

    async def _again(self, record_id: str, kept: KeptAssessment) -> tuple[Assessed, Assessed | None]:
        grounds, version = kept.sealed.grounds, kept.sealed.assessed.version
        if grounds is None:
            raise _NotReplayed("an earlier version sealed it, without what it was made from")
        epoch = self._room.ledger.drew(grounds.month)
        if epoch is None or grounds.ledger > self._room.ledger.seq:
            raise _NotReplayed("the ledger has not the entries that it was made by")
        declaration = await self._store.declarations.declaration(record_id, version)
        if declaration is None:
            raise _NotReplayed("the declaration is not stored any more")
        (criteria, shadow), tables = self._criteria_of(grounds), await self._tables_of(grounds.tables)

        def again() -> tuple[Assessed, Assessed | None]:
            return both_from(
                grounds, criteria, shadow, declaration, tables, record_id=record_id, version=version, epoch=epoch
            )

        return await beside_if_large(declaration.size, again)

    def _criteria_of(self, grounds: AssessedBy) -> tuple[Criteria, Criteria]:
        """Return the criteria that counted, and those in shadow; those asked for last are kept, as most follow each other."""
        key = grounds.ledger, grounds.day
        if self._criteria is None or self._criteria[0] != key:
            ledger, seq, day = self._room.ledger, grounds.ledger, grounds.day
            shadows = packs_of(ledger.shadows_at(seq))
            self._criteria = key, (Criteria(ledger.packs_at(seq), day), Criteria(shadows, day))
        return self._criteria[1]

    async def _tables_of(self, digest: str) -> Tables:
        if digest not in self._tables:
            completed = await completed_under(self._store, digest, self._ours.tables, self._ours.delivered)
            if completed.tables.digest != digest:
                raise _NotReplayed(f"the tables {digest[:12]} are neither stored nor configured here")
            self._tables[digest] = completed.tables
        return self._tables[digest]


def _differences(
    kept: KeptAssessment, again: Assessed, shadow: Assessed | None, earlier: frozenset[str]
) -> tuple[str, ...]:
    """Return the members in which an assessment differs that was made again, and whether more or less is chosen."""
    was = kept.sealed.assessed
    faults = [
        f"{name}: {_written(getattr(was, name))}, now {_written(getattr(again, name))}"
        for name in Assessed.__struct_fields__
        if _written(getattr(was, name)) != _written(getattr(again, name))
    ]
    if _written(kept.sealed.shadow) != _written(shadow):
        faults.append(f"shadow: {_written(kept.sealed.shadow)}, now {_written(shadow)}")
    chosen = tuple(sorted({one.drawn_as for one in again.chosen} | earlier))
    if chosen != kept.sealed.chosen:
        faults.append(f"chosen: {_written(kept.sealed.chosen)}, now {_written(chosen)}")
    return tuple(faults)


def _written(value: object) -> str:
    return msgspec.json.encode(value).decode()
