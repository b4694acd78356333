"""Rows about applications (UCC Art. 173, 174) and acceptance: their grounds and their time limits."""

from enum import StrEnum
from typing import Annotated

from gateway.domain.clocks import LegalPeriod, PeriodUnit
from gateway.domain.declaration import Kind
from gateway.domain.laxer import NEUTRAL, LooseningDirection, always, larger, longer
from gateway.domain.row_kind import row_kind
from gateway.domain.tables.rows import Row


class ApplicationKind(StrEnum):
    """The request of an application."""

    AMENDMENT = "amendment"
    INVALIDATION = "invalidation"


class Phase(StrEnum):
    """The phase of a declaration: before release other grounds count than after."""

    BEFORE_RELEASE = "before_release"
    AFTER_RELEASE = "after_release"


class GoodsAre(StrEnum):
    """Where the goods of a released declaration are by the ground on which it is invalidated."""

    NEVER_LEFT = "never_left"
    """They stayed where they were: nothing was used of a certificate."""
    BACK = "back"
    """They were out, and are back as they were before."""
    OUT = "out"
    """They are out, or may be: what was written off for them stays until officers say otherwise."""


@row_kind(
    "ground",
    "applications.toml",
    key="kind name phases",
    later=True,
    added=always("applications are taken on further grounds"),
)
class Ground(Row):
    """The grounds for an application or for customs' own act, and until when a party may put them forward."""

    name: str
    kind: ApplicationKind
    phases: tuple[Phase, ...]
    legal_basis: Annotated[str, NEUTRAL]
    days: Annotated[int | None, longer("an application is taken for longer")] = None
    """From the day of acceptance; at most one of both is said."""
    years: Annotated[int | None, longer("an application is taken for longer")] = None
    # A set that says nothing comes from before this was said, when all was given back: nothing it has is loosened by saying it.
    goods: Annotated[
        GoodsAre | None,
        LooseningDirection(
            lambda before, after: before is GoodsAre.OUT and after is not GoodsAre.OUT,
            "what was written off for goods that are out is given back without an officer",
        ),
    ] = None
    """Of an invalidation after release, where the goods are; None: it is another one, or in a set from before this was said."""

    @property
    def goods_after(self) -> GoodsAre:
        """Where the goods are by it once they were released; where it does not say, nobody may rely on their being back."""
        return self.goods or GoodsAre.OUT

    def stated(self, phase: Phase) -> dict[str, object]:
        """Return what the event of an invalidation says of it: its name and, of goods that were released, where they are."""
        goods = {"goods": self.goods_after} if phase is Phase.AFTER_RELEASE else {}
        return {"grounds": self.name, **goods}

    @property
    def period(self) -> LegalPeriod | None:
        """The time limit of the application, from its declaration's acceptance; None: there is none."""
        if self.days is not None:
            return LegalPeriod(self.days, PeriodUnit.DAYS)
        return LegalPeriod(self.years, PeriodUnit.YEARS) if self.years is not None else None


@row_kind(
    "acceptance",
    "applications.toml",
    key="kinds",
    later=True,
    removed=always("how far back acceptance may lie has no limit"),
)
class AcceptancePeriod(Row):
    """The longest time between a declaration's acceptance and its receipt here."""

    kinds: tuple[Kind, ...]
    days: Annotated[int, larger("acceptance may lie further back")]
    """Where customs says so of a declaration that it has lodged here, or that somebody has."""
    stated_days: Annotated[int, larger("acceptance may lie further back")]
    """Where the declaration's own message states the date (15 09): it may be sent again years later."""
