"""What the outside relies on is what it was."""

from difflib import unified_diff

from tests.house.frozen import FROZEN, frozen


def test_what_the_outside_relies_on_is_what_it_was() -> None:
    changed = list(
        unified_diff(FROZEN.read_text().splitlines(), frozen().splitlines(), "as it was", "now", lineterm="", n=0)
    )
    assert not changed, "\n".join(changed) + "\n\nIf it is meant to be: python -m tests.house.frozen"
