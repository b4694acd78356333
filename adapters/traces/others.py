"""Other declarations' parts of a quantity position, read once each.

Every answer about a certificate lists all declarations that draw on it, and on one that many draw on they are nearly
all of the answer. What was read before, byte for byte, and is another declaration's, is left out of the next answer's
text; what is left says the same of the declaration in question, and is read as strictly as ever (docs/decisions/0018).
"""

from collections.abc import Collection, Sequence

from lxml import etree
from stringzilla import Str
from stringzilla import find as stands_at
from stringzilla import split as parts_of

from adapters.traces.port import Names
from gateway.contract import Reference, ReferenceKind, UnexpectedAnswer
from gateway.contract.xml import parse_xml

WORTH_IT = 32_000
"""Bytes of an answer below which reading all of it costs no more."""
MOST = 20_000
"""Parts that are remembered, some 10 MB; a certificate with more of them is read as a whole."""
LONGEST = 2_000
"""Bytes of a part that is remembered; one has 500."""

# Comments, sections of characters and instructions begin so: what stands inside is no element, whatever it looks like.
_UNPARSED = (b"<!", b"<?")


class OtherDeclarations:
    """The parts of positions that were read, whosever they are, in the names of one version of the service."""

    def __init__(self, names: Names, elements: Collection[str]) -> None:
        self._names = names
        self._elements = tuple(names.base(element) for element in elements)
        self._tags = tuple((f"<{element}>".encode(), f"</{element}>".encode()) for element in elements)
        self._opening = f'<read xmlns="{names.base_namespace}">'.encode()
        self._known: dict[Str, str] = {}
        """A part without its end tag, and the tag and the text of the reference in it."""

    def left_out(self, body: bytes, of: Reference) -> bytes:
        """Return an answer without those parts of declarations other than `of` that were read before."""
        if len(body) < WORTH_IT or body[:1] != b"<" or body[1:2] == b"\0":
            return body
        # The XML declaration at its very beginning is none of them.
        if any(stands_at(body, beginning, 1) >= 0 for beginning in _UNPARSED):
            return body
        own = self._names.base(of.kind) + of.value
        for begin, end in self._tags:
            if stands_at(body, end) >= 0:
                body = self._without_known(body, begin, end, own)
        return body

    def _without_known(self, body: bytes, begin: bytes, end: bytes, own: str) -> bytes:
        """Take out the parts that are known to be another's.

        The first element stays, and so does the one before each that goes: it is read, and all that goes stands where it does.
        """
        # Views of the answer: what is known is looked up without a copy of it.
        first, *between, last = parts_of(body, end)
        if len(between) > MOST:
            return body
        whose = [self._known.get(part) for part in between]
        if None in whose:
            fresh = [part for part, one in zip(between, whose, strict=True) if one is None]
            self._learn([bytes(part) for part in fresh if len(part) <= LONGEST], begin, end)
            whose = [one or self._known.get(part) for part, one in zip(between, whose, strict=True)]
        kept = [part for part, one in zip(between, whose, strict=True) if one is None or one == own]
        return end.join((first, *kept, last))

    def _learn(self, seen: Sequence[bytes], begin: bytes, end: bytes) -> None:
        """Remember parts, each one element with one reference in its place; if one is not, none of them.

        They are read where no prefix is declared: what one that is read means does not depend on where it stands.
        """
        parts = [part for part in seen if part.startswith(begin)]
        try:
            read = parse_xml(self._opening + b"".join(part + end for part in parts) + b"</read>")
        except UnexpectedAnswer:
            return
        whose = [self._whose(element) for element in read]
        if len(whose) != len(parts) or not all(whose):
            return
        if len(self._known) + len(parts) > MOST:
            self._known.clear()
        self._known.update(zip(map(Str, parts), whose, strict=True))

    def _whose(self, part: etree._Element) -> str:
        """Return tag and text of the only reference in a part; nothing if there is not one, or more than one part."""
        references = list(part.iterdescendants(*(self._names.base(kind) for kind in ReferenceKind)))
        nested = next(part.iterdescendants(*self._elements), None)
        if len(references) != 1 or references[0].getparent() is not part or nested is not None:
            return ""
        return f"{references[0].tag}{(references[0].text or '').strip()}"
