"""The tier of an adapter's code: what was shown of it on this installation, by the digest of its files."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType


class AdapterTier(StrEnum):
    """What was shown of an adapter's code. It is computed, never claimed."""

    DRAFT = "draft"
    """Nothing: it is loaded only where drafts are allowed."""
    CONFORMANT = "conformant"
    """It passed the conformance kit: against its recordings and its simulator."""
    PROVEN = "proven"
    """It passed the kit against its authority too, not long ago: it may run in the loop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTier:
    """What an installation holds of one package's files; the newest of a digest counts."""

    adapter: str
    package: str
    digest: str
    """Of its files (`sha256:...`); others are another package."""
    tier: AdapterTier
    proven_until: datetime | None = None
    """Until when it counts as proven; None: it was not shown with its authority."""
    lost: bool = False
    """Whether a step of it stood still in the loop: it does not run there again, and goes on in sandboxes."""
    at: datetime | None = None
    """When it was stored."""


class PlacementReason(StrEnum):
    """Why an adapter's code runs where it does."""

    DELIVERED = "delivered"
    NOT_SHOWN = "not_shown"
    CHANGED = "changed"
    FAILED = "failed"
    WITHOUT_SAME = "without_same"
    CONFORMANT = "conformant"
    LOST = "lost"
    PROVEN_BEFORE = "proven_before"
    PROVEN = "proven"


_WHY = {
    PlacementReason.DELIVERED: "delivered with the gateway, byte for byte: it runs in the loop",
    PlacementReason.NOT_SHOWN: "the conformance kit was not run on it here",
    PlacementReason.CHANGED: "its files have changed since the conformance kit was run on them here",
    PlacementReason.FAILED: "it did not pass the conformance kit here",
    PlacementReason.WITHOUT_SAME: "its answers name nothing of what was asked (`same`), so it stays a draft",
    PlacementReason.CONFORMANT: "it passed the conformance kit here: it runs in sandboxes",
    PlacementReason.LOST: "a step of it stood still in the loop: it runs in sandboxes until it is proven again",
    PlacementReason.PROVEN_BEFORE: "it was proven with its authority too long ago: it runs in sandboxes until it is proven again",
    PlacementReason.PROVEN: "it was proven with its authority here: it runs in the loop, under the watchdog",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where an adapter's code may run, and why."""

    tier: AdapterTier
    in_loop: bool
    """Whether it runs in the loop; else in sandboxes."""
    reason: PlacementReason

    @property
    def why(self) -> str:
        """The reason in a sentence, for operators."""
        return _WHY[self.reason]


DELIVERED = Placement(tier=AdapterTier.CONFORMANT, in_loop=True, reason=PlacementReason.DELIVERED)
"""Of what came with the gateway, which was shown to conform where it was made."""


@dataclass(frozen=True, slots=True)
class StoredTiers:
    """The tiers of an installation, by package and digest."""

    newest: Mapping[tuple[str, str], StoredTier] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def of(cls, stored: Iterable[StoredTier]) -> "StoredTiers":
        """Return them of rows, the oldest first."""
        return cls(MappingProxyType({(one.package, one.digest): one for one in stored}))

    def placement(self, package: str, digest: str, *, delivered: bool, now: datetime) -> Placement:
        """Return where the code of a package runs, by what is known of these very files."""
        if delivered:
            return DELIVERED
        stored = self.newest.get((package, digest))
        if stored is None or stored.tier is AdapterTier.DRAFT:
            return Placement(tier=AdapterTier.DRAFT, in_loop=False, reason=self._why_draft(package, stored))
        conformant = Placement(tier=AdapterTier.CONFORMANT, in_loop=False, reason=PlacementReason.CONFORMANT)
        if stored.lost:
            return Placement(tier=AdapterTier.DRAFT, in_loop=False, reason=PlacementReason.LOST)
        if stored.tier is not AdapterTier.PROVEN or stored.proven_until is None:
            return conformant
        if stored.proven_until <= now:
            return Placement(tier=AdapterTier.CONFORMANT, in_loop=False, reason=PlacementReason.PROVEN_BEFORE)
        return Placement(tier=AdapterTier.PROVEN, in_loop=True, reason=PlacementReason.PROVEN)

    def may_run(self, package: str, digest: str, *, delivered: bool) -> bool:
        """Whether code is loaded where drafts are not allowed."""
        stored = self.newest.get((package, digest))
        # What lost its tier in the loop was shown to conform, and goes on in sandboxes.
        return delivered or (stored is not None and stored.tier is not AdapterTier.DRAFT)

    def _why_draft(self, package: str, stored: StoredTier | None) -> PlacementReason:
        if stored is not None:
            return PlacementReason.FAILED
        others = [one for (known, _), one in self.newest.items() if known == package]
        if others:
            return PlacementReason.CHANGED
        return PlacementReason.NOT_SHOWN
