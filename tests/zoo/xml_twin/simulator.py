"""The simulated Wildlife Office."""

from xml.sax.saxutils import escape

from lxml import etree
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from adapters.simulation import Documents, Fault, Simulator, fault_of

PERMITS = {
    "GB/1": {"reference": "GB/1", "state": "GRANTED", "until": "2026-12-31"},
    "GB/2": {"reference": "GB/2", "state": "PENDING"},
    "GB/3": {"reference": "GB/3", "state": "REFUSED", "until": "2026-12-31"},
}
GOODS = (
    '<Goods><Code>9601</Code><Amount unit="kg">12.5</Amount></Goods>'
    '<Goods><Code>9601</Code><Amount unit="pcs">3</Amount></Goods>'
)


def build(documents: Documents) -> ASGIApp:
    """Makes the office over its documents."""

    async def permit(request: Request) -> Response:
        number = etree.fromstring(await request.body()).findtext("{urn:permit}Number") or ""
        held = documents.find(number)
        named = f"<Number>{escape(number)}</Number>"
        if held is None:
            return _xml(f'<NotFound xmlns="urn:permit">{named}</NotFound>', 404)
        state = "UNHEARD_OF" if fault_of(request.scope) is Fault.UNKNOWN_STATUS else held["state"]
        until = f"<ValidUntil>{held['until']}</ValidUntil>" if "until" in held else ""
        return _xml(
            f'<Permit xmlns="urn:permit">{named}<State>{state}</State><Printed>2026-11-27T14:51:20Z</Printed>{until}{GOODS}</Permit>'
        )

    return Starlette(routes=[Route("/permits", permit, methods=["POST"])])


def _xml(text: str, status: int = 200) -> Response:
    return Response(text, status_code=status, media_type="text/xml")


SIMULATOR = Simulator(
    name="xml_twin", title="Ivory permits", build=build, documents=PERMITS, own_faults=frozenset({Fault.UNKNOWN_STATUS})
)
