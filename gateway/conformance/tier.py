"""The tier of an adapter: computed from what was shown of its very files, never claimed."""

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway.conformance.examination import ConformanceReport, read_package
from gateway.conformance.exchanges import AdapterProcess, KitCall
from gateway.conformance.inspection import CODE, Inspection, JudgedResult
from gateway.conformance.wire import AuthorityWire
from gateway.contract import Occasion
from gateway.dispatch.delivered import digest_of
from gateway.domain.actor import Actor
from gateway.domain.adapter_tier import AdapterTier, StoredTier
from gateway.settings import AdapterConfig
from gateway.store import Store

PROVEN_FOR = timedelta(days=90)
"""How long an adapter counts as proven after it was tried with its authority."""
UNKNOWN = "KIT-0000-NOT-THERE"
"""A reference that no authority knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveTrial:
    """What came of asking the configured authority: each question, and what was said."""

    answers: tuple[tuple[str, JudgedResult], ...]

    @property
    def passed(self) -> bool:
        """Whether every question had an answer that the gateway takes."""
        return bool(self.answers) and all(result.fault is None for _, result in self.answers)


def tier_of(report: ConformanceReport, live: LiveTrial | None) -> AdapterTier:
    """Compute the tier: draft, conformant if all checks passed, proven if the authority was asked too."""
    if not report.passed:
        return AdapterTier.DRAFT
    return AdapterTier.PROVEN if live is not None and live.passed else AdapterTier.CONFORMANT


def try_live(config: AdapterConfig, secrets_of: Mapping[str, str], questions: tuple[str, ...] = ()) -> LiveTrial:
    """Ask the configured authority about documents, by `verify` alone: the named ones, or the recorded ones, and one that is not there.

    Nothing is moved, and nothing that changes anything is sent.
    """
    read = read_package(config.name, config.package)
    values = {**read.manifest.optional_settings, **config.values}
    with AdapterProcess() as process:
        inspection = Inspection(package=read, process=process)
        module, cls = read.entry
        own = {name: secrets_of[name] for name in read.secrets if name in secrets_of}
        process.load(CODE, module=module, cls=cls, values=values, secrets=own, identity=read.identity)
        recorded = [one for one in read.recordings if one.method == "verify" and one.expect.raises is None]
        references = questions or tuple(dict.fromkeys(one.reference or "" for one in recorded[:3]))
        wire = AuthorityWire(process, CODE, read.manifest, config.base_url, secrets_of)
        answers = asyncio.run(
            _asked(inspection, wire, recorded[0].call, (*references, UNKNOWN)) if recorded else _none()
        )
    return LiveTrial(answers=tuple(answers))


async def _none() -> list[tuple[str, JudgedResult]]:
    return []


async def _asked(
    inspection: Inspection, wire: AuthorityWire, call: KitCall, references: tuple[str, ...]
) -> list[tuple[str, JudgedResult]]:
    from gateway.conformance.checks.references import with_reference

    answers = []
    for reference in references:
        occasion = Occasion(at=datetime.now(UTC), nonce=secrets.token_bytes(16), message_id=secrets.token_hex(16))
        one = with_reference(KitCall(method="verify", subject=call.subject, occasion=occasion), reference)
        answers.append((reference, inspection.judge(one, await wire.run(one), "live")))
    await wire.close()
    return answers


def stored_tier(report: ConformanceReport, folder: Path, tier: AdapterTier, now: datetime) -> StoredTier:
    """Return what is stored of a package's very files."""
    return StoredTier(
        adapter=report.name,
        package=report.package,
        digest=digest_of(folder),
        tier=tier,
        proven_until=now + PROVEN_FOR if tier is AdapterTier.PROVEN else None,
    )


async def store_tier(store: Store, tier: StoredTier, *, by: Actor, reason: str) -> None:
    """Store a tier; it counts from the next start of a process."""
    await store.adapter_tiers.store(tier, by=by, reason=reason)
