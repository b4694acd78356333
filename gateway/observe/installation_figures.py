"""The figures of the database's content, read for a scrape and counted by nobody."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from prometheus_client.core import GaugeMetricFamily, Metric

from gateway.shared_figures import Figure

OLDEST = "_oldest_seconds"
"""Ends the name of the figure that says how old the oldest of a figure's is."""


class InstallationFigure(NamedTuple):
    """One of the figures: of what, under which labels, how many, and how old the oldest is in seconds."""

    figure: str
    labels: tuple[str, ...]
    number: float
    oldest_s: float | None
    """None: there is none, or it has no age."""


TABLES_WAITING, TABLES_REJECTED = "gateway_tables_waiting", "gateway_tables_rejected"
INSTALLATION: tuple[Figure, ...] = (
    Figure("gateway_held_declarations", "gauge", (), "Declarations that are held or refused now"),
    Figure("gateway_held", "gauge", ("finding",), "Declarations that are held or refused now, by what officers read against their release"),
    Figure("gateway_held_authority", "gauge", ("authority",), "Declarations that are held or refused now, by the authority whose documents stand against their release"),
    Figure("gateway_unlisted_declarations", "gauge", (), "Declarations of which it is not known here whether they are held: another version decided them, and a job lists them anew"),
    Figure("gateway_given_up", "gauge", (), "Declarations that are held for an answer which is not asked for again by itself"),
    Figure("gateway_movements_open", "gauge", ("adapter", "state"), "Orders of certified quantities that are planned, or in doubt: nobody knows yet whether they took effect"),
    Figure("gateway_reports_due", "gauge", ("adapter",), "Reports of releases that an authority has not confirmed yet; the age is that of the release"),
    Figure("gateway_backlog_waiting", "gauge", (), "Declarations that wait for a decision and that no replica has in hand"),
    Figure("gateway_looks_due", "gauge", (), "Declarations that were to be assessed again by now"),
    Figure("gateway_contingency_windows", "gauge", ("adapter",), "Contingency windows in force"),
    Figure("gateway_breakers_open", "gauge", ("adapter",), "Processes that leave an authority alone because it did not answer"),
    Figure("gateway_adapter_off", "gauge", ("adapter", "state"), "Adapters that nobody is asked by on all replicas: disabled, draining or quarantined"),
    Figure("gateway_processes", "gauge", ("version",), "Serving processes and workers of all replicas that gave a sign of life within three minutes; the age is that of the oldest sign"),
    Figure("gateway_approvals_waiting", "gauge", (), "Orders that wait for a second person"),
    Figure(TABLES_WAITING, "gauge", ("tables",), "Whether the tables of the configuration wait for a second person, and do not count until then: 1, or 0; the age is since they were asked about first"),
    Figure(TABLES_REJECTED, "gauge", ("tables",), "Whether a person rejected the tables of the configuration, which do not count: 1, or 0"),
    Figure("gateway_applications_waiting", "gauge", ("kind",), "Applications of traders that wait for an officer"),
    Figure("gateway_jobs", "gauge", ("status",), "Delayed work that is to do, under way or failed"),
    Figure("gateway_checkpoint", "gauge", (), "Checkpoints of the audit trail; the age is that of the newest"),
)  # fmt: skip
"""All of them; but for those without an age each has a second figure, with how many seconds old the oldest is."""
WITHOUT_AGE = frozenset({"gateway_breakers_open"})
ANSWERS = Figure(
    "gateway_store_answers",
    "gauge",
    (),
    "Whether the database answered this scrape: 1, or 0, and then nothing is told of what stands in it",
)


def families(found: Sequence[InstallationFigure] | None) -> Iterator[Metric]:
    """Return the families for a scrape; None: the database did not answer."""
    answers = GaugeMetricFamily(ANSWERS.name, ANSWERS.text)
    answers.add_metric((), float(found is not None))
    yield answers
    for figure in INSTALLATION if found is not None else ():
        counted = GaugeMetricFamily(figure.name, figure.text, labels=figure.labels)
        oldest = GaugeMetricFamily(
            figure.name + OLDEST, f"How old the oldest of {figure.name} is", labels=figure.labels
        )
        for one in found or ():
            if one.figure == figure.name:
                counted.add_metric(one.labels, one.number)
                if one.oldest_s is not None:
                    oldest.add_metric(one.labels, one.oldest_s)
        yield counted
        if oldest.samples:
            yield oldest
