"""The messages of transit over HTTP: for whoever reads the declaration, and for nobody else."""

import json
from typing import Any

from lxml import etree

from gateway.domain.errors import NotAllowed, NotKnown
from tests.api.lodging import WAIT, is_problem
from tests.builders.description import documentation
from tests.builders.door import Door
from tests.builders.goods import JSON, goods, message, milk

BASE, CALL = "/v1/declarations", "messages/cc060c"


def lodged(door: Door, lrn: str, *, transit: bool = True) -> str:
    """The address of a declaration of milk without a certificate."""
    declared: dict[str, Any] = json.loads(message(lrn, goods(milk("X", "10")), mrn=None))
    (item,) = declared["GoodsShipment"]["GoodsItem"]
    del item["SupportingDocument"]
    if transit:
        declared |= {"declarationType": "T1", "dataset": "D1"}
        del item["Procedure"], item["countryOfOrigin"], declared["GoodsShipment"]["countryOfDispatch"]
    made = door["customs"].post(BASE, content=json.dumps(declared), headers={"Content-Type": JSON, **WAIT})
    assert made.status_code == 200, made.text
    return f"{BASE}/{made.json()['id']}"


def test_whoever_reads_the_declaration_reads_what_is_asked_for(door: Door) -> None:
    here = lodged(door, "MESSAGE-1")
    read = door["customs"].get(f"{here}/{CALL}")
    assert (read.status_code, read.headers["content-type"]) == (200, "application/xml")
    root = etree.fromstring(read.content)
    assert root.tag == "{http://ncts.dgtaxud.ec}CC060C"
    assert "N853" in [one.text for one in root.iter("documentType")]
    again = door["customs"].get(f"{here}/{CALL}", headers={"If-None-Match": read.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert {"200", "304"} <= set(documentation()["paths"][f"{BASE}/{{record_id}}/{CALL}"]["get"]["responses"])


def test_others_and_other_declarations_have_none(door: Door) -> None:
    here = lodged(door, "MESSAGE-2")
    is_problem(door["operator"].get(f"{here}/{CALL}"), 403, NotAllowed.code)
    is_problem(door["customs"].get(f"{lodged(door, 'MESSAGE-3', transit=False)}/{CALL}"), 404, NotKnown.code)
    is_problem(door["customs"].get(f"{BASE}/00000000-0000-4000-8000-000000000000/{CALL}"), 404, NotKnown.code)
