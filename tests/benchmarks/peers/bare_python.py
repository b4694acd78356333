"""The bare Python flow: aiohttp on both sides, psycopg and lxml, the steps in a row without any guarantee.

`python -m tests.benchmarks.peers.bare_python`, with what `peers/README.md` names in the environment.
"""

import asyncio
import json
import os
import secrets
import uuid
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha1
from pathlib import Path
from typing import Any

import uvloop
from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector, web
from lxml import etree
from psycopg_pool import AsyncConnectionPool

PATIENCE_S = 10.0
AUTHORITIES: Mapping[str, Mapping[str, str]] = json.loads(os.environ["PEER_AUTHORITIES"])
TABLE: Mapping[str, str] = {
    row["type"]: row["adapter"] for row in json.loads(Path(os.environ["PEER_TABLE"]).read_text(encoding="utf-8"))
}
REGISTERS = ("/api/v1/catch-certificates/", "/api/v1/processing-statements/")
TRACES_PATH = "/tracesnt/ws/CustomsCertexChedServiceV06"
ACTION = '"http://ec.europa.eu/tracesnt/ws/impl/customs_certex/ched/v06/CustomsCertexChedPort/processedChedRequest"'
NATIVE = "{urn:eu-single-window:declaration:1}"
CHED = "{http://ec.europa.eu/sanco/tracesnt/customs_certex/ched/v06}"
BASE = "{http://ec.europa.eu/sanco/tracesnt/customs_certex/base/v03}"
RAM = "{urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:21}"
ENVELOPE = Path(__file__).with_name("envelope.xml").read_text(encoding="utf-8").rstrip()
LINE = (
    "<ched:CommodityDescriptionForChed><base:GoodsItemNumber>{number}</base:GoodsItemNumber>"
    "<base:CertificateLineNumber>{line}</base:CertificateLineNumber><base:ClassCode>{code}</base:ClassCode>"
    "<base:NetWeightQuantity>{net}</base:NetWeightQuantity>"
    "<base:NetWeightUnitOfMeasure>KGM</base:NetWeightUnitOfMeasure></ched:CommodityDescriptionForChed>"
)


@dataclass(slots=True)
class Goods:
    """Goods that cite a document."""

    number: str
    code: str
    net: str


@dataclass(slots=True)
class Cited:
    """A document, and the goods that cite it."""

    type: str
    reference: str
    adapter: str | None
    goods: list[Goods] = field(default_factory=list)


@dataclass(slots=True)
class Declared:
    """What is read of a declaration."""

    id: str
    lrn: str
    mrn: str | None
    declarant: str
    office: str
    documents: Sequence[Cited]


@dataclass(slots=True)
class Answer:
    """What an authority says: whether all is well, and the line of each of the goods."""

    good: bool
    why: str = ""
    lines: Sequence[tuple[Goods, str]] = ()
    reserved: bool = False


def read_declaration(raw: bytes) -> Declared:
    """Read a declaration."""
    root = etree.fromstring(raw)
    documents: dict[tuple[str, str], Cited] = {}
    for item in root.iterfind(f"{NATIVE}GoodsShipment/{NATIVE}GoodsItem"):
        commodity = item.find(f"{NATIVE}Commodity")
        assert commodity is not None
        goods = Goods(
            number=item.findtext(f"{NATIVE}goodsItemNumber", ""),
            code=commodity.findtext(f"{NATIVE}harmonizedSystemSubHeadingCode", "")
            + commodity.findtext(f"{NATIVE}combinedNomenclatureCode", ""),
            net=commodity.findtext(f"{NATIVE}GoodsMeasure/{NATIVE}netMass", "0"),
        )
        for one in item.iterfind(f"{NATIVE}SupportingDocument"):
            key = one.findtext(f"{NATIVE}type", ""), one.findtext(f"{NATIVE}referenceNumber", "")
            documents.setdefault(key, Cited(*key, TABLE.get(key[0]))).goods.append(goods)
    return Declared(
        id=str(uuid.uuid4()),
        lrn=root.findtext(f"{NATIVE}LRN", ""),
        mrn=root.findtext(f"{NATIVE}MRN"),
        declarant=root.findtext(f"{NATIVE}Declarant/{NATIVE}identificationNumber", ""),
        office=root.findtext(f"{NATIVE}CustomsOffice/{NATIVE}referenceNumber", ""),
        documents=tuple(documents.values()),
    )


def covered(goods: Sequence[Goods], lines: Sequence[tuple[str, str, Decimal]]) -> Answer:
    """Find a line for each of the goods, and enough on it."""
    taken: list[tuple[Goods, str]] = []
    wanted: dict[str, Decimal] = {}
    for one in goods:
        number = next((number for number, code, _ in lines if one.code.startswith(code)), None)
        if number is None:
            return Answer(False, f"item {one.number} is not covered")
        wanted[number] = wanted.get(number, Decimal(0)) + Decimal(one.net)
        taken.append((one, number))
    if any(wanted.get(number, Decimal(0)) > left for number, _, left in lines):
        return Answer(False, "not enough is left")
    return Answer(True, lines=taken)


class Flow:
    """The flow: its connections, and one method for each step that needs them."""

    def __init__(self, session: ClientSession, database: AsyncConnectionPool) -> None:
        self._session = session
        self._database = database

    async def lodge(self, request: web.Request) -> web.Response:
        """Receive, store, ask, decide, store, answer."""
        raw = await request.read()
        declared = read_declaration(raw)
        async with self._database.connection() as connection:
            await connection.execute(
                "INSERT INTO declaration (id, lrn, mrn, declarant, message) VALUES (%s, %s, %s, %s, %s)",
                (declared.id, declared.lrn, declared.mrn, declared.declarant, raw.decode()),
            )
        answers = await asyncio.gather(*(self._verified(declared, one) for one in declared.documents))
        effect = "release" if all(answer.good for answer in answers) else "hold"
        documents = [{"good": answer.good, "why": answer.why} for answer in answers]
        async with self._database.connection() as connection:
            await connection.execute(
                "INSERT INTO decision (declaration_id, effect, body) VALUES (%s, %s, %s)",
                (declared.id, effect, json.dumps(documents)),
            )
        decided = {"id": declared.id, "state": "decided", "decision": {"effect": effect, "documents": documents}}
        return web.Response(body=json.dumps(decided, separators=(",", ":")), content_type="application/json")

    async def _verified(self, declared: Declared, document: Cited) -> Answer:
        try:
            match document.adapter:
                case "traces":
                    return await self._traces(declared, document)
                case "catch":
                    return await self._catch(declared, document)
            return Answer(False, "nobody is asked")
        except (TimeoutError, ClientError) as error:
            return Answer(False, type(error).__name__)

    async def _catch(self, declared: Declared, document: Cited) -> Answer:
        at = AUTHORITIES["catch"]
        whose = f"?mrn={declared.mrn}" if declared.mrn else ""
        headers = {"X-Api-Key": at["secret"], "Accept": "application/json"}
        for register in REGISTERS:
            async with self._session.get(
                at["url"] + register + document.reference + whose, headers=headers
            ) as response:
                if response.status == 404:
                    continue
                record: dict[str, Any] = await response.json()
                if (response.status, record.get("number"), record.get("status")) != (200, document.reference, "VALID"):
                    return Answer(False, "not valid")
            left = {one["line"]: Decimal(one["available"]["value"]) for one in record["usage"]["lines"]}
            return covered(
                document.goods, [(str(one["line"]), one["hs_code"], left[one["line"]]) for one in record["products"]]
            )
        return Answer(False, "not found")

    async def _traces(self, declared: Declared, document: Cited) -> Answer:
        answer = await self._ched(declared, document)
        if declared.mrn is None or not answer.good:
            return answer
        lines = "".join(
            LINE.format(number=one.number, line=line, code=one.code, net=one.net) for one, line in answer.lines
        )
        receipt = await self._ched(declared, document, lines)
        return answer if receipt.reserved else Answer(False, "not reserved")

    async def _ched(self, declared: Declared, document: Cited, lines: str = "") -> Answer:
        at, now, nonce = AUTHORITIES["traces"], datetime.now(UTC), secrets.token_bytes(16)
        created = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        body = ENVELOPE.format(
            message=uuid.uuid4().hex,
            office=declared.office,
            digest=b64encode(sha1(nonce + (created + at["secret"]).encode()).digest()).decode(),
            nonce=b64encode(nonce).decode(),
            created=created,
            expires=(now + timedelta(seconds=60)).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            reference=document.reference,
            whose=f"<base:MRN>{declared.mrn}</base:MRN>" if lines else "",
            lines=lines,
            indication=int(bool(lines)),
        )
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": ACTION}
        async with self._session.post(at["url"] + TRACES_PATH, data=body.encode(), headers=headers) as response:
            text = await response.read()
            return read_ched(document, text) if response.status == 200 else Answer(False, f"status {response.status}")


def read_ched(document: Cited, text: bytes) -> Answer:
    """Read the answer of TRACES."""
    answer = etree.fromstring(text).find(f".//{CHED}ProcessedChedInformationResponse")
    if answer is None or answer.findtext(f"{CHED}OperationCode") != "0":
        return Answer(False, "not as expected")
    certificate = answer.find(f"{CHED}ChedCertificate")
    if certificate is None:
        return Answer(False, "not found")
    conclusion = next(
        (
            clause.findtext(f"{RAM}Content")
            for clause in certificate.iter(f"{RAM}IncludedSPSClause")
            if clause.findtext(f"{RAM}ID") == "DECISION_CONCLUSION"
        ),
        None,
    )
    status = certificate.findtext(f".//{RAM}StatusCode")
    if (status, conclusion) != ("70", "ACCEPTABLE_FOR_INTERNAL_MARKET"):
        return Answer(False, "not valid")
    left = {
        one.findtext(f"{BASE}CertificateLineNumber", ""): Decimal(one.findtext(f"{BASE}Quantity", "0"))
        for one in answer.iterfind(f".//{BASE}AvailableQuantity/{BASE}SwSupportingDocument")
    }
    lines = [
        (number, line.findtext(f"{RAM}ApplicableSPSClassification/{RAM}ClassCode", ""), left[number])
        for line in certificate.iter(f"{RAM}IncludedSPSTradeLineItem")
        if (number := line.findtext(f"{RAM}SequenceNumeric", "")) in left
    ]
    found = covered(document.goods, lines)
    found.reserved = answer.findtext(f"{CHED}ReservationResult") == "1"
    return found


async def main() -> None:
    """Serve until it is ended."""
    connector = TCPConnector(limit=0, limit_per_host=64)
    async with (
        ClientSession(connector=connector, timeout=ClientTimeout(total=PATIENCE_S)) as session,
        AsyncConnectionPool(os.environ["PEER_DATABASE_URL"], min_size=8, max_size=8, open=False) as database,
    ):
        app = web.Application(client_max_size=8_388_608)
        app.router.add_post("/v1/declarations", Flow(session, database).lodge)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        port = int(os.environ["PEER_PORT"])
        await web.TCPSite(runner, "127.0.0.1", port).start()
        print(f"listening on http://127.0.0.1:{port}", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main())
