"""The conversion of the gateway's values to JSON bytes and back.

Decimals are written as texts exactly as they stand, days and times as RFC 3339, enumerations by their value.
"""

from collections.abc import Hashable, Mapping
from functools import cache
from hashlib import sha256
from typing import Any, TypeVar, cast

import msgspec
from msgspec import structs

from gateway.domain.declaration import Declaration

T = TypeVar("T")

_UNCOUNTED = frozenset({"message_id", "prepared_at", "format"})

_LATER = ("representative_status", "invoice_currency", "internal_currency", "previous_documents", "transport")
"""Elements that the model knows since declarations are stored."""
_LATER_OF_ITEMS = ("statistical_currency", "invoiced", "invoiced_currency", "declaration_type", "more")


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


_ENCODER = msgspec.json.Encoder(enc_hook=_plain)
_SORTED = msgspec.json.Encoder(enc_hook=_plain, order="sorted")
"""Writes the same values as the same bytes, in whatever order a class has its fields."""


def encode(value: Any) -> bytes:
    """Write a value as JSON."""
    return _ENCODER.encode(value)


@cache
def _decoder(kind: Any) -> "msgspec.json.Decoder[Any]":
    return msgspec.json.Decoder(kind)


def decode(raw: bytes | str, kind: type[T]) -> T:
    """Read a value of a kind back; the exact inverse of `encode`.

    Raises:
        ValueError: if the bytes are not such a value.
    """
    result: T = _decoder(cast(Hashable, kind)).decode(raw)
    return result


def content_digest(declaration: Declaration) -> str:
    """Return the digest of a declaration's content, in whatever format, message number or time of preparation it came."""
    content = structs.asdict(declaration)
    for name in _UNCOUNTED:
        content.pop(name)
    # What is lodged again has the digest that it had before the model knew these elements.
    _drop_unstated(content, _LATER)
    content["items"] = [_drop_unstated(structs.asdict(item), _LATER_OF_ITEMS) for item in declaration.items]
    return "sha256:" + sha256(_SORTED.encode(content)).hexdigest()


def _drop_unstated(content: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    for name in names:
        if content[name] in (None, ()):
            del content[name]
    return content
