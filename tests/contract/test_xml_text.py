"""Texts as they stand in XML that is written by hand: read again, they are what they were."""

import pytest
from lxml import etree

from gateway.contract import RequestRejected
from gateway.contract.xml_text import escaped


@pytest.mark.parametrize(
    "text",
    ["70", "CHEDP.XX.2026.1000001", "A & B", "a<b", "a>b", "]]>", "&amp;", "", " a ", "a\tb", "a\rb", "a\nb", "é", "\U0001f600", "\x7f"],
)  # fmt: skip
def test_a_text_is_read_again_as_it_was(text: str) -> None:
    assert (etree.fromstring(f"<a>{escaped('a', text)}</a>").text or "") == text


@pytest.mark.parametrize("text", ["a\0", "\x1f", "\ud800", "\ufffe"])
def test_what_xml_cannot_carry_is_refused(text: str) -> None:
    with pytest.raises(RequestRejected, match=r"^a: "):
        escaped("a", text)
