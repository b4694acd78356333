"""The tier of an adapter: computed from what was shown of its very files, never claimed."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from gateway.conformance.examination import ConformanceReport, read_package
from gateway.contract import DocumentQuery, Status
from gateway.dispatch import Dispatcher, LoadedAdapter, load_adapters
from gateway.dispatch.delivered import digest_of
from gateway.domain.adapter_tier import AdapterTier, StoredTier
from gateway.domain.verification import CitedDocument, Requirement
from gateway.settings import AdapterConfig

PROVEN_FOR = timedelta(days=90)
"""The time for which an adapter counts as proven after it was tried with its authority."""
MOST_ASKED = 20
"""Recorded documents that the authority is asked about at most."""
UNKNOWN = "KIT-0000-NOT-THERE"
"""A reference that no authority knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveAnswer:
    """The authority's answer about one document, as the gateway took it."""

    reference: str
    status: str
    cause: str | None = None
    """The code of the fault; None: it is an answer."""
    recorded: str | None = None
    """The status that a recording has of it; None: it was asked about without one."""

    def __str__(self) -> str:
        said = self.status if self.cause is None else f"{self.status} ({self.cause})"
        return said if self.recorded in (None, self.status) else f"{said}; recorded: {self.recorded}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveTrial:
    """The outcome of asking the configured authority."""

    answers: tuple[LiveAnswer, ...]

    @property
    def passed(self) -> bool:
        """Whether every question had an answer that the gateway takes, and one of them was that a document is valid.

        Of another authority's test system, or by another account, everything may be "not found".
        """
        return all(one.cause is None for one in self.answers) and any(
            one.status == Status.VALID for one in self.answers
        )

    @property
    def why_not(self) -> str | None:
        """The reason why it does not prove the adapter, in a sentence; None: it does."""
        if self.passed:
            return None
        if not self.answers:
            return "no recording of `verify` says what could be asked about"
        if any(one.cause is not None for one in self.answers):
            return "a question had no answer that the gateway takes"
        return "no document was valid: name one that is, with --document"


def tier_of(report: ConformanceReport, live: LiveTrial | None) -> AdapterTier:
    """Compute the tier: draft, conformant if all checks passed, proven if the authority was asked too."""
    if not report.passed or report.cap is not None:
        return AdapterTier.DRAFT
    return AdapterTier.PROVEN if live is not None and live.passed else AdapterTier.CONFORMANT


def try_live(config: AdapterConfig, environment: Mapping[str, str], questions: tuple[str, ...] = ()) -> LiveTrial:
    """Ask the configured authority about documents as the gateway would: the named ones, or the recorded ones, and one that is not there.

    By `verify` alone: nothing is moved, and nothing that changes anything is sent.

    Raises:
        ConfigurationError: the adapter does not load as it is configured.
    """
    loaded = load_adapters([config], allow_draft=True, environment=environment)
    recorded = [one for one in read_package(config.name, config.package).recordings if one.method == "verify"]
    known = [one.subject for one in recorded if one.expect.raises is None]
    if not known:
        return LiveTrial(answers=())
    statuses = {one.reference or "": str(one.expect.status) for one in recorded if one.expect.status is not None}
    # The valid ones first, each document once.
    by_reference = {one.reference: one for one in known}
    ordered = sorted(by_reference.values(), key=lambda one: statuses.get(one.reference) != Status.VALID)
    asked = [replace(known[0], reference=one) for one in questions] or ordered[:MOST_ASKED]
    queries = [*asked, replace(known[0], reference=UNKNOWN)]
    answers = asyncio.run(_asked(loaded, config.name, queries))
    return LiveTrial(
        answers=tuple(replace(one, recorded=statuses.get(one.reference)) for one in answers)
        if not questions
        else answers
    )


async def _asked(
    loaded: Mapping[str, LoadedAdapter], name: str, queries: Sequence[DocumentQuery]
) -> tuple[LiveAnswer, ...]:
    dispatcher = Dispatcher(loaded)
    answers = []
    try:
        for query in queries:
            document = CitedDocument(type=query.type, reference=query.reference, adapter=name)
            came = (await dispatcher.ask(Requirement(document=document, adapter=name, query=query))).verification
            answers.append(LiveAnswer(reference=query.reference, status=came.status.value, cause=came.cause))
    finally:
        await dispatcher.close()
    return tuple(answers)


def stored_tier(report: ConformanceReport, folder: Path, tier: AdapterTier, now: datetime) -> StoredTier:
    """Return what is stored of a package's very files."""
    return StoredTier(
        adapter=report.name,
        package=report.package,
        digest=digest_of(folder),
        tier=tier,
        proven_until=now + PROVEN_FOR if tier is AdapterTier.PROVEN else None,
    )
