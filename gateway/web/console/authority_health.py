"""The health of the way to an authority's system, as a chip and in words."""

from dataclasses import dataclass

from babel.numbers import format_decimal

from gateway.contract import AccessRefused, Unavailable
from gateway.dispatch import AdapterHealth
from gateway.domain.adapter_switch import Quarantine, SwitchedOff
from gateway.domain.authority_figures import Answering
from gateway.lifecycle.authorities.authority_figures import AuthorityFigures
from gateway.web.templates_in_language import Templates
from gateway.web.times import Times

SLOW_MS = 2_500
"""Half of the calls took longer: it is slow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthWords:
    """The health of a system in words: the kind of its chip, and the sentence."""

    kind: str
    sentence: str
    more: str = ""
    """The reason, where there is more to be said."""


def health_words(
    health: AdapterHealth, off: SwitchedOff | None, figures: AuthorityFigures | None, times: Times, templates: Templates
) -> HealthWords:
    """Return how a system does, over all replicas; the first that is true, the loudest first."""
    if off is not None and off.quarantine is not None:
        return _quarantined(off.quarantine, times.moment(off.since).text, templates)
    if not health.enabled:
        since = times.moment(health.disabled_at).text if health.disabled_at is not None else ""
        return HealthWords(
            kind="hold",
            sentence=templates.text("health.draining" if health.draining else "health.disabled", time=since),
        )
    answering = figures.answering if figures is not None else Answering()
    if answering.down_since is not None:
        since = times.moment(answering.down_since).text
        if _is_refused(figures):
            return HealthWords(kind="refuse", sentence=templates.text("health.access_refused", time=since))
        return HealthWords(kind="undetermined", sentence=templates.text("health.down", time=since))
    if answering.last_ok_at is None:
        return HealthWords(kind="none", sentence=templates.text("health.not_asked"))
    whole = figures.whole if figures is not None else None
    latency = whole.latency_ms(0.5) if whole is not None else None
    if whole is None or not whole.calls:
        last = times.moment(answering.last_ok_at).text
        return HealthWords(kind="release", sentence=templates.text("health.answered", time=last))
    if latency is None:
        return HealthWords(kind="pending", sentence=templates.text("health.very_slow"))
    latest = figures.slots[-1] if figures is not None and figures.slots else None
    if latest is not None and latest.failures * 2 >= latest.calls:
        # That a system is fast says nothing where it refuses what it is asked.
        told = templates.text("health.partly", failures=latest.failures, calls=latest.calls)
        return HealthWords(kind="undetermined", sentence=told)
    within = seconds(latency, templates)
    if latency > SLOW_MS:
        return HealthWords(kind="pending", sentence=templates.text("health.slow", seconds=within))
    return HealthWords(kind="release", sentence=templates.text("health.answers", seconds=within))


def _quarantined(quarantine: Quarantine, since: str, templates: Templates) -> HealthWords:
    told = [templates.text(f"health.overran_{kind}", count=count) for kind, count in quarantine.kinds.items()]
    what = ", ".join(told) or templates.text("health.overran_unknown")
    return HealthWords(
        kind="hold",
        sentence=templates.text("health.quarantined", time=since),
        more=templates.text("health.quarantine", time=since, count=quarantine.declarations, what=what),
    )


def seconds(milliseconds: int, templates: Templates) -> str:
    """Write milliseconds as seconds, as the reader's language does."""
    return format_decimal(milliseconds / 1_000, locale=templates.language)


def _is_refused(figures: AuthorityFigures | None) -> bool:
    """Whether it lets nobody in, by the latest calls without an answer."""
    faults = next((slot.faults for slot in reversed(figures.slots) if slot.faults), {}) if figures is not None else {}
    return AccessRefused.code in faults and Unavailable.code not in faults
