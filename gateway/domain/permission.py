"""The permissions to act on a declaration: one table of roles, kinds of parties, stages and acts.

`verdict` looks a single case up; `stage` and `party` say where a declaration stands and what a caller is to it. The table
rests on UCC Art. 18 and 19 (representatives), 170 to 174 (lodging, amending, invalidating) and 188 (examination).
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from gateway.domain.control import Examination
from gateway.domain.declaration import Declaration, Direction, Representation


class Role(StrEnum):
    """The role of a caller towards the gateway."""

    CUSTOMS = "customs"
    """The declaration system, a machine."""
    TRADER = "trader"
    """Sees the declarations of its own EORIs."""
    OFFICER = "officer"
    RISK = "risk"
    """A risk analyst, a proven person: reads all of all offices, publishes packs of risk criteria, and orders controls."""
    AUDITOR = "auditor"
    OPERATOR = "operator"
    AUTHORITY = "authority"
    """A competent authority; it may only send its own notifications."""


class Party(StrEnum):
    """The kind of party that a trader is to a declaration, by its EORIs."""

    DECLARANT = "declarant"
    INDIRECT_REPRESENTATIVE = "indirect_representative"
    """Status 3: in its own name, so it is the declarant (UCC Art. 18(1))."""
    DIRECT_REPRESENTATIVE = "direct_representative"
    """Status 2: in the declarant's name."""
    TRANSIT_HOLDER = "transit_holder"
    """The holder of the transit procedure, in transit: the declarant there (UCC Art. 233)."""
    NAMED = "named"
    """Importer, exporter, a holder outside transit, or a representative without a status: it only reads."""
    STRANGER = "stranger"
    """None of them."""


class Stage(StrEnum):
    """The stage of a declaration, as far as it decides who may act."""

    NEW = "new"
    """Nothing is lodged."""
    LODGED = "lodged"
    """It is not accepted yet."""
    ACCEPTED = "accepted"
    RELEASED = "released"
    """Some of its goods are released, or all."""
    EXAMINATION = "examination"
    """Customs announced an examination that has not taken place yet."""
    EXAMINED = "examined"
    """It took place, and nothing is released."""
    ENDED = "ended"
    """Invalidated or lapsed."""


class PermittedAct(StrEnum):
    """An act on a declaration that somebody may ask for."""

    LODGE = "lodge"
    READ = "read"
    AMEND = "amend"
    INVALIDATE = "invalidate"
    ACCEPT = "accept"
    """Customs accepted it, or its goods were presented."""
    CONTROL = "control"
    """Announcing an examination, and saying that it took place."""
    DECIDE_APPLICATION = "decide_application"


class Verdict(StrEnum):
    """The answer to a request to act."""

    ACT = "act"
    """It is done."""
    APPLY = "apply"
    """It is an application, which customs grants or refuses."""
    REFUSED = "refused"
    """Not this role's or this party's to do, or not at this stage."""
    UNKNOWN = "unknown"
    """As if there were no such declaration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """The caller who wants to act on a declaration."""

    roles: frozenset[Role]
    eoris: frozenset[str] | None = None
    """A trader's; None: not bound to any."""

    @property
    def is_trader(self) -> bool:
        """Whether the caller acts for its own EORIs only."""
        return self.eoris is not None


_ACTING = (Party.DECLARANT, Party.INDIRECT_REPRESENTATIVE, Party.DIRECT_REPRESENTATIVE, Party.TRANSIT_HOLDER)
_LIVING = (Stage.LODGED, Stage.ACCEPTED, Stage.EXAMINATION, Stage.EXAMINED, Stage.RELEASED)
_ACT, _APPLY, _REFUSED, _UNKNOWN = Verdict.ACT, Verdict.APPLY, Verdict.REFUSED, Verdict.UNKNOWN

_BY_STAGE: Mapping[PermittedAct, Mapping[Stage, Verdict]] = MappingProxyType(
    {
        PermittedAct.AMEND: {
            Stage.LODGED: _ACT,
            Stage.ACCEPTED: _APPLY,  # UCC Art. 173(1)
            Stage.RELEASED: _APPLY,  # UCC Art. 173(3)
            # UCC Art. 173(2)(a): after the announcement there is none, until the goods are released.
            Stage.EXAMINATION: _REFUSED,
            Stage.EXAMINED: _REFUSED,
            Stage.ENDED: _REFUSED,
        },
        PermittedAct.INVALIDATE: {
            Stage.LODGED: _ACT,
            Stage.ACCEPTED: _APPLY,  # UCC Art. 174(1)
            Stage.RELEASED: _APPLY,  # UCC Art. 174(2); Del. Reg. (EU) 2015/2446, Art. 148
            # UCC Art. 174(1), second subparagraph: it waits.
            Stage.EXAMINATION: _APPLY,
            Stage.EXAMINED: _APPLY,
            Stage.ENDED: _REFUSED,
        },
    }
)
"""The acts that the declarant, and others in its place, may do with what is lodged."""

_OFFICIAL: Mapping[Role, frozenset[PermittedAct]] = MappingProxyType(
    {
        Role.CUSTOMS: frozenset(PermittedAct),
        Role.OFFICER: frozenset(
            {
                PermittedAct.READ,
                PermittedAct.INVALIDATE,
                PermittedAct.ACCEPT,
                PermittedAct.CONTROL,
                PermittedAct.DECIDE_APPLICATION,
            }
        ),
        Role.RISK: frozenset({PermittedAct.READ}),
        Role.AUDITOR: frozenset({PermittedAct.READ}),
        Role.OPERATOR: frozenset(),
        Role.AUTHORITY: frozenset(),
    }
)
"""What the other roles may do, with anybody's declaration."""


def _of_trader(party: Party, stage: Stage, act: PermittedAct) -> Verdict:
    if act is PermittedAct.LODGE:
        # The declarant names who represents it: by naming itself, nobody becomes the representative of another.
        return _ACT if party is Party.DECLARANT else _REFUSED
    if party is Party.STRANGER or stage is Stage.NEW:
        return _UNKNOWN
    if act is PermittedAct.READ:
        return _ACT
    return _BY_STAGE[act][stage] if act in _BY_STAGE and party in _ACTING else _REFUSED


def _of_official(role: Role, stage: Stage, act: PermittedAct) -> Verdict:
    if act not in _OFFICIAL[role]:
        return _REFUSED
    if act is PermittedAct.LODGE:
        return _ACT
    if stage is Stage.NEW:
        return _UNKNOWN
    return _ACT if act is PermittedAct.READ or stage in _LIVING else _REFUSED


def _cells() -> Iterator[tuple[tuple[Role, Party, Stage, PermittedAct], Verdict]]:
    for act in PermittedAct:
        for stage in Stage:
            for party in Party:
                for role in Role:
                    cell = _of_trader(party, stage, act) if role is Role.TRADER else _of_official(role, stage, act)
                    yield (role, party, stage, act), cell


TABLE: Mapping[tuple[Role, Party, Stage, PermittedAct], Verdict] = MappingProxyType(dict(_cells()))
"""Every case. Only of a trader it matters which party it is."""

_MOST = (_ACT, _APPLY, _UNKNOWN, _REFUSED)


def verdict(asker: Asker, party: Party, stage: Stage, act: PermittedAct) -> Verdict:
    """Return the verdict on an act; of several roles the one counts that may do most."""
    found = {TABLE[role, party, stage, act] for role in asker.roles}
    return next((one for one in _MOST if one in found), _REFUSED)


def roles_that_may(act: PermittedAct) -> frozenset[Role]:
    """Return the roles that may do this in some case: any other is turned away before anything is read."""
    return frozenset(role for (role, _, _, of), cell in TABLE.items() if of is act and cell in {_ACT, _APPLY})


def party_of(eoris: Collection[str] | None, declaration: Declaration) -> Party:
    """Return what the holder of these EORIs is to a declaration: of several kinds the one that may do most."""
    if eoris is None:
        return Party.STRANGER
    if declaration.declarant in eoris:
        return Party.DECLARANT
    if declaration.representative in eoris:
        if declaration.representative_status == Representation.INDIRECT:
            return Party.INDIRECT_REPRESENTATIVE
        if declaration.representative_status == Representation.DIRECT:
            return Party.DIRECT_REPRESENTATIVE
    if declaration.holder in eoris and declaration.direction is Direction.TRANSIT:
        return Party.TRANSIT_HOLDER
    return Party.STRANGER if declaration.eoris.isdisjoint(eoris) else Party.NAMED


def stage_of(
    *, accepted: bool, released: bool, ended: bool, examination: Examination | None, found: bool = False
) -> Stage:
    """Return the stage of a declaration that was lodged; `found`: a control found something in goods, and its parties are told."""
    if ended:
        return Stage.ENDED
    if examination is not None and examination.bars_changes:
        return Stage.EXAMINATION
    if released:
        return Stage.RELEASED
    if found or (examination is not None and examination.found_goods):
        return Stage.EXAMINED
    return Stage.ACCEPTED if accepted else Stage.LODGED
