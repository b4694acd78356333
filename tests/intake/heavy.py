"""Refuses the heaviest messages in a process that may use little of anything; prints how each was refused."""

import json
import sys

from gateway.domain.errors import DeclarationRefused
from tests.intake.conftest import load
from tests.intake.test_hostile import heavy, limit_this_process


def main() -> None:
    """Prints class and first rule of each refusal as JSON."""
    messages = heavy()
    formats = load()
    limit_this_process()
    found = {}
    for name, (raw, _, _) in messages.items():
        try:
            formats.accept(raw, None)
        except DeclarationRefused as refusal:
            rule = refusal.violations[0].rule if refusal.violations else ""
            found[name] = (type(refusal).__name__, rule)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
