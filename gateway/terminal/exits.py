"""The command line's exit statuses: the outcome for scripts, and sysexits(3) for what went wrong."""

from collections.abc import Iterable
from enum import IntEnum


class Exit(IntEnum):
    """The exit status of a command."""

    RELEASE = 0
    """Done; for `submit`: everything may be released."""
    DIFFERENT = 1
    """The result differs from what was expected: a replay, an audit, a sample, an authority's answer; for `doctor`: something is wrong."""
    HOLD = 10
    """At least one declaration is held, or is not decided yet; for `settle`: something is in doubt; for `status` and `doctor`: something is not
    ready, to be looked at or not known."""
    REFUSE = 20
    """At least one declaration is refused."""
    NOT_ACCEPTED = 30
    """At least one file was not taken; for `ask`: the authority rejected the request."""
    USAGE = 64
    """The command was not understood."""
    UNAVAILABLE = 69
    """The database cannot be reached or started; for `ask` and `record`: the authority."""
    CRASH = 70
    """A fault of the gateway itself."""
    NOT_WRITTEN = 73
    """The backup could not be written whole: there is none."""
    CONFIGURATION = 78
    """The configuration cannot be used; for `ask` and `record`: the authority does not accept its credentials."""
    INTERRUPTED = 130
    """Ended by Ctrl-C before it was done."""


def gravest(statuses: Iterable[Exit]) -> Exit:
    """Return the gravest of several outcomes; release without any."""
    return max(statuses, default=Exit.RELEASE)


class StartFailed(Exception):
    """A process that ended before it was ready; `status` is its exit status."""

    def __init__(self, name: str, status: int) -> None:
        super().__init__(f"{name} ended with status {status} before it was ready")
        self.status = status
