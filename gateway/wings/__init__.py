"""The wings: capabilities that the gateway would serve without, each whole in one folder. `listed.py` lists them, docs/wings.md shows how one is built."""
