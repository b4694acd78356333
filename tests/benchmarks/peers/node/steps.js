// The steps of the peers in JavaScript, without a framework: read a declaration, write an authority's request, read its
// answer, decide. No rule, no evidence, no lease, no second attempt; what is not as expected holds the goods.
"use strict";

const { createHash, randomBytes, randomUUID } = require("node:crypto");
const { readFileSync } = require("node:fs");
const { XMLParser } = require("fast-xml-parser");

const AUTHORITIES = JSON.parse(process.env.PEER_AUTHORITIES);
const TABLE = new Map(JSON.parse(readFileSync(process.env.PEER_TABLE, "utf8")).map((row) => [row.type, row.adapter]));
const PATIENCE_MS = 10_000;

const TRACES_PATH = "/tracesnt/ws/CustomsCertexChedServiceV06";
const ACTION = '"http://ec.europa.eu/tracesnt/ws/impl/customs_certex/ched/v06/CustomsCertexChedPort/processedChedRequest"';
const ENVELOPE = readFileSync(process.env.PEER_ENVELOPE, "utf8").trimEnd();
const REGISTERS = ["/api/v1/catch-certificates/", "/api/v1/processing-statements/"];
const LISTED = new Set([
  "GoodsItem", "SupportingDocument", "IncludedSPSTradeLineItem", "SignatorySPSAuthentication", "IncludedSPSClause",
  "AvailableQuantity", "ReservedQuantity", "ConsumedQuantity",
]);
const parser = new XMLParser({
  ignoreAttributes: true, removeNSPrefix: true, parseTagValue: false, isArray: (name) => LISTED.has(name),
});

const SQL = {
  declaration: "INSERT INTO declaration (id, lrn, mrn, declarant, message) VALUES ($1, $2, $3, $4, $5)",
  decision: "INSERT INTO decision (declaration_id, effect, body) VALUES ($1, $2, $3)",
};

/** Read a declaration: who, where, and each document with the goods that cite it. */
function readDeclaration(text) {
  const read = parser.parse(text).Declaration;
  const documents = new Map();
  for (const item of read.GoodsShipment.GoodsItem) {
    const { harmonizedSystemSubHeadingCode, combinedNomenclatureCode, GoodsMeasure } = item.Commodity;
    const goods = {
      number: item.goodsItemNumber,
      code: harmonizedSystemSubHeadingCode + combinedNomenclatureCode,
      net: GoodsMeasure.netMass,
    };
    for (const { type, referenceNumber } of item.SupportingDocument ?? []) {
      const key = `${type} ${referenceNumber}`;
      if (!documents.has(key)) documents.set(key, { type, reference: referenceNumber, adapter: TABLE.get(type), goods: [] });
      documents.get(key).goods.push(goods);
    }
  }
  return {
    id: randomUUID(), lrn: read.LRN, mrn: read.MRN ?? null, declarant: read.Declarant.identificationNumber,
    office: read.CustomsOffice.referenceNumber, text, documents: [...documents.values()],
  };
}

/** The requests of a document: a look-up, or with lines a reservation. */
function request(declaration, document, { lines, register = 0 } = {}) {
  const { url, secret } = AUTHORITIES[document.adapter];
  if (document.adapter === "catch") {
    const whose = declaration.mrn === null ? "" : `?mrn=${encodeURIComponent(declaration.mrn)}`;
    return {
      method: "GET", origin: url, path: REGISTERS[register] + encodeURIComponent(document.reference) + whose,
      headers: { accept: "application/json", "x-api-key": secret },
    };
  }
  return {
    method: "POST", origin: url, path: TRACES_PATH, body: envelope(declaration, document, secret, lines),
    headers: { "content-type": "text/xml; charset=utf-8", soapaction: ACTION },
  };
}

function envelope({ office, mrn }, { reference }, key, lines) {
  const now = Date.now();
  const created = new Date(now).toISOString();
  const expires = new Date(now + 60_000).toISOString();
  const nonce = randomBytes(16);
  const digest = createHash("sha1").update(nonce).update(created + key).digest("base64");
  const described = (lines ?? []).map((line) =>
    `<ched:CommodityDescriptionForChed><base:GoodsItemNumber>${line.number}</base:GoodsItemNumber>` +
    `<base:CertificateLineNumber>${line.line}</base:CertificateLineNumber><base:ClassCode>${line.code}</base:ClassCode>` +
    `<base:NetWeightQuantity>${line.net}</base:NetWeightQuantity>` +
    `<base:NetWeightUnitOfMeasure>KGM</base:NetWeightUnitOfMeasure></ched:CommodityDescriptionForChed>`).join("");
  const filled = {
    message: randomUUID().replaceAll("-", ""), office, digest, nonce: nonce.toString("base64"), created, expires, reference,
    whose: lines ? `<base:MRN>${mrn}</base:MRN>` : "", lines: described, indication: lines ? 1 : 0,
  };
  return ENVELOPE.replace(/\{(\w+)\}/g, (_, name) => filled[name]);
}

/** Read an answer: null where the register does not know the number, else what it says of the goods. */
function readAnswer(document, status, text) {
  if (document.adapter === "catch") return status === 404 ? null : readCatch(document, status, text);
  if (status !== 200) return { good: false, why: `status ${status}` };
  const answer = parser.parse(text).Envelope.Body.ProcessedChedInformationResponse;
  if (answer?.OperationCode !== "0" || !answer.ChedCertificate) return { good: false, why: "not found" };
  const certificate = answer.ChedCertificate.SPSCertificate;
  const { StatusCode, SignatorySPSAuthentication } = certificate.SPSExchangedDocument;
  const clauses = SignatorySPSAuthentication.flatMap((one) => one.IncludedSPSClause);
  const conclusion = clauses.find((clause) => clause.ID === "DECISION_CONCLUSION")?.Content;
  if (StatusCode !== "70" || conclusion?.[0] !== "ACCEPTABLE_FOR_INTERNAL_MARKET") return { good: false, why: "not valid" };
  const available = new Map(answer.QuantityManagementSummary.AvailableQuantity.map(({ SwSupportingDocument: one }) =>
    [one.CertificateLineNumber, Number(one.Quantity)]));
  const lines = certificate.SPSConsignment.IncludedSPSConsignmentItem.IncludedSPSTradeLineItem
    .filter((line) => line.ApplicableSPSClassification)
    .map((line) => ({
      line: line.SequenceNumeric, code: line.ApplicableSPSClassification.ClassCode, left: available.get(line.SequenceNumeric),
    }));
  return { ...covered(document.goods, lines), reserved: answer.ReservationResult === "1" };
}

function readCatch(document, status, text) {
  if (status !== 200) return { good: false, why: `status ${status}` };
  const record = JSON.parse(text);
  if (record.number !== document.reference || record.status !== "VALID") return { good: false, why: "not valid" };
  const left = new Map(record.usage.lines.map((line) => [line.line, Number(line.available.value)]));
  return covered(document.goods, record.products.map((one) => ({ line: one.line, code: one.hs_code, left: left.get(one.line) })));
}

/** Find a line for each of the goods, and enough on it. */
function covered(goods, lines) {
  const taken = [];
  const wanted = new Map();
  for (const one of goods) {
    const line = lines.find(({ code }) => one.code.startsWith(code));
    if (!line) return { good: false, why: `item ${one.number} is not covered` };
    wanted.set(line, (wanted.get(line) ?? 0) + Number(one.net));
    taken.push({ ...one, line: line.line });
  }
  for (const [line, net] of wanted) if (net > line.left) return { good: false, why: "not enough is left" };
  return { good: true, lines: taken };
}

/** Whether a document that is good is reserved next: customs have accepted the declaration, and its authority reserves. */
const reserves = (declaration, document, answer) => Boolean(answer?.good) && declaration.mrn !== null && document.adapter === "traces";

/** Decide: all documents are good, or the goods are held. */
function decide(declaration, answers) {
  const effect = answers.every((answer) => answer?.good) ? "release" : "hold";
  return { id: declaration.id, state: "decided", decision: { effect, documents: answers } };
}

module.exports = { AUTHORITIES, PATIENCE_MS, REGISTERS, SQL, decide, readAnswer, readDeclaration, request, reserves };
