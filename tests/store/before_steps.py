"""What of a before-step the version before could not live with: by squawk, and by its words where squawk has no rule."""

import json
import re
import sys
from pathlib import Path

from gateway.store.migration import index_outside
from tests.builders.processes import ran

_ALLOWED = re.compile(r"prefer-|require-(?:lock|statement)-timeout")
"""Rules about taste, and about limits that the migration sets itself."""
_COMMENT = re.compile(r"--.*")
_BODY = re.compile(r"\$(\w*)\$.*?\$\1\$", re.DOTALL)
_MADE = re.compile(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+)", re.IGNORECASE)
_WORDS = {
    "adds-constraint": re.compile(
        r"ALTER TABLE (?:ONLY )?(?P<table>\w+)\b(?:(?!;).)*\b(?:ADD CONSTRAINT|CHECK)\b", re.I | re.S
    ),
    "adds-trigger": re.compile(
        r"CREATE (?:OR REPLACE )?(?:CONSTRAINT )?TRIGGER (?:(?!;).)*?\bON (?P<table>\w+)", re.I | re.S
    ),
    "changes-rows": re.compile(r"(?:^|;)\s*(?:UPDATE|DELETE FROM|TRUNCATE(?: TABLE)?) (?:ONLY )?(?P<table>\w+)", re.I),
    "replaces": re.compile(r"CREATE OR REPLACE (?:FUNCTION|VIEW|PROCEDURE) (?P<table>\w+)", re.I),
}
"""What squawk has no rule for: each is allowed on a table that the same file makes."""


def faults(text: str) -> set[str]:
    """Gives the names of what a step does that a before-step may not."""
    outside = _BODY.sub("''", _COMMENT.sub("", text))
    made = set(_MADE.findall(outside))
    if index_outside(text) is not None:
        # It is built as squawk wants it where it is in no transaction.
        return _by_squawk(text) - {"ban-concurrent-index-creation-in-transaction"}
    own = {name for name, words in _WORDS.items() for found in words.finditer(outside) if found["table"] not in made}
    return own | _by_squawk(text)


def _by_squawk(text: str) -> set[str]:
    command = [
        str(Path(sys.executable).with_name("squawk")),
        "--assume-in-transaction",
        "--pg-version=14",
        "--reporter=json",
    ]
    done = ran([*command, "--stdin-filepath=step.sql"], input=text, stdin=None)
    found = {one["rule_name"] for one in json.loads(done.stdout)}
    return {name for name in found if not _ALLOWED.match(name)}
