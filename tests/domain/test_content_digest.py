"""The digest of what a declaration says is that of its sorted JSON: what older versions stored stays the same."""

import json
from decimal import Decimal
from hashlib import sha256
from typing import Any

import msgspec
import pytest
from msgspec import structs

from gateway.contract import Money
from gateway.domain.codec import content_digest
from gateway.domain.declaration import Declaration, PreviousDocument
from tests.builders.large import declared

LATER = {
    "representative_status", "invoice_currency", "internal_currency",
    "statistical_currency", "invoiced", "invoiced_currency", "declaration_type",
    "transport", "more",
}  # fmt: skip
"""What the model knows since declarations are stored: unstated, it is no part of the content."""
PLAIN = declared(items=3, each=2, shipment=2, references=2)
WITH_AMOUNTS = structs.replace(
    PLAIN,
    representative_status="2",
    invoice_currency="USD",
    items=tuple(structs.replace(one, invoiced=Decimal("7.50"), invoiced_currency="USD") for one in PLAIN.items),
    previous_documents=(PreviousDocument(type="NMRN", reference="26FR001260000001R6"),),
    documents=tuple(
        structs.replace(one, amount=Money(value=Decimal("1.50"), currency="EUR"), issuer="Åland \u2028 \"'<")
        for one in PLAIN.documents
    ),
)


@pytest.mark.parametrize("declaration", [PLAIN, WITH_AMOUNTS])
def test_it_is_that_of_the_sorted_json(declaration: Declaration) -> None:
    said: dict[str, Any] = msgspec.to_builtins(declaration)
    for name in ("message_id", "prepared_at", "format"):
        del said[name]
    if not said["previous_documents"]:
        del said["previous_documents"]  # later than those of goods items
    for one in (said, *said["items"]):
        for name in LATER & one.keys():
            if one[name] is None:
                del one[name]
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert content_digest(declaration) == "sha256:" + sha256(text.encode()).hexdigest()


def test_what_was_prepared_anew_says_the_same_and_another_quantity_does_not() -> None:
    assert content_digest(structs.replace(PLAIN, message_id="other", format="other")) == content_digest(PLAIN)
    item = structs.replace(PLAIN.items[0], net_mass=Decimal("100.0"))
    assert content_digest(structs.replace(PLAIN, items=(item, *PLAIN.items[1:]))) != content_digest(PLAIN)
