"""The wings: capabilities that the gateway would serve without, each whole in one folder. `listed.py` lists them, docs/wings.md shows how one is built."""

# Before anything of a wing: they have a table for each wing, whose class stands in the wing and itself stands on them.
import gateway.settings  # noqa: F401
