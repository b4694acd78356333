"""The files that pages load: style sheets of ours and vendored ones, kept in memory, each under the digest of its content."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from types import MappingProxyType

_TYPES: Mapping[str, str] = MappingProxyType(
    {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
)
"""The types of the files that are served, by the end of the name; anything else in the folder is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One file."""

    content: bytes
    media_type: str
    digest: str

    def address(self, name: str) -> str:
        """Return where it is served: another content has another address, so browsers keep it for ever."""
        return f"/static/{self.digest}/{name}"


@cache
def assets() -> Mapping[str, Asset]:
    """Return all files by name, as this process began with them."""
    found = {}
    for entry in files("gateway.web").joinpath("static").iterdir():
        media_type = _TYPES.get(entry.name[entry.name.rfind(".") :])
        if media_type is not None:
            content = entry.read_bytes()
            found[entry.name] = Asset(content=content, media_type=media_type, digest=sha256(content).hexdigest()[:16])
    return MappingProxyType(found)
