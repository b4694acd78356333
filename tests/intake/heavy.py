"""Refuses the heaviest messages in a process that may use little of anything; prints how each was refused."""

import json
import resource
import sys

from gateway.domain.errors import DeclarationRefused
from tests.builders.samples import build_native, native, xml
from tests.intake.reading import load


def many_wrong(count: int) -> bytes:
    declaration = native(items=count)
    for one in declaration["GoodsShipment"]["GoodsItem"]:
        one.update(countryOfOrigin="x", foo="x")
        one["Procedure"]["requestedProcedure"] = "x"
        one["SupportingDocument"][0].update(type="x", currency="x", validityDate="x")
    return xml(declaration)


def heavy() -> dict[str, tuple[bytes, str, str]]:
    """Gives messages whose work or memory could grow without bounds, and the class and rule of each one's refusal."""
    one = build_native(items=1)
    values = many_wrong(8_000)
    return {
        "50,000 attributes": (
            one.replace(b"<LRN>", b"<LRN " + b" ".join(b'a%d="1"' % n for n in range(50_000)) + b">"),
            "Unreadable",
            "attributes",
        ),
        "50,000 violations": (values, "SchemaViolated", "SCHEMAV_ELEMENT_CONTENT"),
        "50,000 violations behind another": (
            values.replace(b"<version>1</version>", b""),
            "SchemaViolated",
            "element_missing",
        ),
        "50,000 violations on one line": (values.replace(b"\n", b""), "SchemaViolated", "SCHEMAV_ELEMENT_CONTENT"),
        "50,000 elements of no name": (
            one.replace(b"<LRN>", b"<a/>" * 50_000 + b"<LRN>"),
            "SchemaViolated",
            "element_unknown",
        ),
        "50,000 empty documents": (
            one.replace(b"<statisticalValue>", b"<SupportingDocument/>" * 50_000 + b"<statisticalValue>"),
            "SchemaViolated",
            "element_too_often",
        ),
        "a million entities in one text": (one.replace(b"LRN-0001", b"&lt;" * 500_000), "Unreadable", "text"),
        "two million elements": (b"<a>" + b"<b/>" * 2_000_000 + b"</a>", "TooLarge", ""),
        "a prolog of instructions": (b"<?a?>" * 300_000 + b"<!DOC", "Unreadable", "well-formed"),
        "a prolog of comments": (b"<!---->" * 300_000 + b"<a>", "Unreadable", "well-formed"),
        "50,000 namespaces": (
            b"<a " + b" ".join(b'xmlns:n%d="u%d"' % (n, n) for n in range(50_000)) + b"/>",
            "UnsupportedFormat",
            "",
        ),
        "JSON: 300,000 lists in each other": (b"[" * 300_000, "Unreadable", "depth"),
        "JSON: 300,000 objects in each other": (b'{"a":' * 300_000, "Unreadable", "depth"),
        "JSON: 200,000 empty goods items": (
            b'{"GoodsShipment":{"GoodsItem":[' + b"{}," * 200_000 + b"{}]}}",
            "SchemaViolated",
            "element_missing",
        ),
        "JSON: a number of 8 million digits": (
            b'{"version":' + b"9" * 8_000_000 + b"}",
            "SchemaViolated",
            "text_too_long",
        ),
        "JSON: a text of 8 million marks": (b'{"LRN":"' + b"<" * 8_000_000 + b'"}', "SchemaViolated", "text_too_long"),
        "JSON: a million keys": (
            b"{" + b",".join(b'"%d":1' % n for n in range(350_000)) + b"}",
            "SchemaViolated",
            "key_unknown",
        ),
    }


def limit_this_process() -> None:
    """Lets the system end this process at one gigabyte or two minutes of work."""
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
    resource.setrlimit(resource.RLIMIT_CPU, (120, 120))


def main() -> None:
    """Prints class and first rule of each refusal as JSON."""
    messages = heavy()
    formats = load()
    limit_this_process()
    found = {}
    for name, (raw, _, _) in messages.items():
        try:
            formats.accept(raw, None)
        except DeclarationRefused as refusal:
            rule = refusal.violations[0].rule if refusal.violations else ""
            found[name] = (type(refusal).__name__, rule)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
