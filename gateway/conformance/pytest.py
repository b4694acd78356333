"""The kit as one test class: a partner's `class TestTimber(AdapterSuite): package = "timber"` runs every check as a test.

from gateway.conformance.pytest import AdapterSuite

class TestTimber(AdapterSuite):
    package = "timber"
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, ClassVar

from gateway.conformance.checks import CHECKS
from gateway.conformance.examination import ConformanceReport, examine


@cache
def _report(package: str, against: str | None, most: int, settings: tuple[tuple[str, str], ...]) -> ConformanceReport:
    name = package.rpartition(".")[2]
    return examine(name, package, against=against, settings=dict(settings), most=most)


class AdapterSuite:
    """The checks of one adapter; the first test examines it, and each tells of its own."""

    package: ClassVar[str]
    """The importable package of the adapter; its manifest carries the last part of the name, or `name` says which."""
    against: ClassVar[str | None] = None
    """A base URL; without it the adapter's own simulator is started."""
    settings: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """Values of settings where `exchanges/settings.toml` has none."""
    most: ClassVar[int] = 60
    """Places of one answer that are altered."""

    @classmethod
    def report(cls) -> ConformanceReport:
        """Return what the checks found; they are made once."""
        return _report(cls.package, cls.against, cls.most, tuple(sorted(cls.settings.items())))

    def __init_subclass__(cls, **more: Any) -> None:
        """Give a subclass a test for each check."""
        super().__init_subclass__(**more)
        for check in ("package", *(one.name for one in CHECKS)):
            setattr(cls, f"test_{check}", _test_of(check))


def _test_of(check: str) -> Any:
    def test(self: AdapterSuite) -> None:
        found = self.report().of(check)
        assert not found, "\n".join(str(one) for one in found)

    test.__doc__ = f"Finds nothing to mend by the check `{check}`."
    return test
