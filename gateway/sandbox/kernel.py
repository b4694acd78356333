"""The features that the system of this machine lacks to limit the code in sandboxes."""

import sys

from gateway.sandbox.calls import can_limit

_READING, _SCOPES = 1, 6
"""Versions of Landlock: with files, and with signals and abstract sockets."""


def lacking() -> tuple[str, ...]:
    """Return what is missing, each with what would have it."""
    found = [] if can_limit() else ["libseccomp, for the list of calls (Debian: libseccomp2)"]
    version = _landlock()
    if version < _READING:
        found.append("Landlock, for the files that code may read (Linux 5.13, switched on)")
    if version < _SCOPES:
        found.append("Landlock's scopes, for signals beside the list of calls (Linux 6.12)")
    return tuple(found)


def _landlock() -> int:
    if sys.platform != "linux":
        return 0
    try:
        from landlockpy import abi_version
    except ImportError:
        return 0
    return abi_version()
