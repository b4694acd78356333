"""The directions of loosening of the rows about documents of single formalities."""

from collections.abc import Mapping

from gateway.domain.laxer import KindDirections

FORMALITIES: Mapping[str, KindDirections] = {}
