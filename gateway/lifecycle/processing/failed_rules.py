"""The report of failed rules: faults of ours that operators have to see. No goods are released for them."""

from collections.abc import Iterable

import structlog

from gateway import observe
from gateway.decisions import RULE_FAILED, Failure

log = structlog.get_logger(__name__)


def report(failures: Iterable[Failure], *, declaration: str | None) -> None:
    """Count and log each failed rule with where it failed, never with what it tripped over: that may quote the declaration."""
    for failure in failures:
        observe.rule_failed(failure.rule)
        error = failure.error
        log.error(
            "rule_failed",
            code=RULE_FAILED,
            rule=failure.rule,
            declaration=declaration,
            error=type(error).__name__ if error is not None else None,
            raised_at=observe.raised_at(error) if error is not None else None,
        )
