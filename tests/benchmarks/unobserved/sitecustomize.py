"""Makes observing do nothing in a process that starts with this folder in PYTHONPATH: no figure counts, no line is written.

What calls it stays as it is, so what is measured is what observing does.
"""

import logging

import structlog

from gateway import observe


class _Nothing:
    """A figure that counts nothing."""

    def labels(self, *_labels: str) -> "_Nothing":
        return self

    def inc(self, _number: float = 1) -> None:
        pass

    def set(self, _number: float) -> None:
        pass


def _nothing(*_values: object, **_fields: object) -> None:
    pass


def _silent(_level: str = "info", *, beside: bool = False) -> None:
    logging.disable(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


_COUNTING = (
    "answered", "authority_called", "commits_sent", "commits_skipped", "committed_alone", "committing", "decided", "fell_apart", "flood_line",
    "line", "noticed", "overran", "received", "refused", "rule_failed", "sandbox_killed", "sandbox_started",
)  # fmt: skip
_FIGURES = (
    "adapters_disabled", "backlog", "connections", "doubts", "ends_processes", "evidence_changed", "leases", "not_sent", "pressure",
    "statements_given_up", "tables_refused",
)  # fmt: skip
for _name in _COUNTING:
    assert hasattr(observe, _name), _name
    setattr(observe, _name, _nothing)
for _name in _FIGURES:
    assert hasattr(observe, _name), _name
    setattr(observe, _name, _Nothing())
setattr(observe, "configure_logging", _silent)  # noqa: B010
