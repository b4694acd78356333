"""The code of an adapter as the registry would have it run in sandboxes."""

from pathlib import Path

from gateway.dispatch.delivered import digest_of
from gateway.dispatch.sandboxes import SandboxedCode
from gateway.sandbox import wire
from gateway.sandbox.sandbox import search_path
from tests.builders.places import ROOT

FOLDER = ROOT / "tests/dispatch/authority"


def sandboxed(module: str, cls: str, *, folder: Path = FOLDER, identity: str | None = None) -> SandboxedCode:
    """Gives the code of a class as the registry would."""
    code = wire.Code(
        path=search_path(), module=module, cls=cls, values={}, secrets={}, methods=("verify",), identity=identity,
        types=("C999",), memory_mb=256,
    )  # fmt: skip
    return SandboxedCode(name="toy", code=code, folder=folder, digest=digest_of(folder))


BEAST = sandboxed("tests.dispatch.beasts", "Beast")
