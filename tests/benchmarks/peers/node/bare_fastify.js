// The bare fastify flow: the steps in a row, two inserts, undici's pools to the authorities.
"use strict";

const fastify = require("fastify");
const { Pool: Database } = require("pg");
const { Pool: Authority } = require("undici");
const { AUTHORITIES, PATIENCE_MS, REGISTERS, SQL, decide, readAnswer, readDeclaration, request, reserves } = require("./steps.js");

const database = new Database({ connectionString: process.env.PEER_DATABASE_URL, max: 8 });
const pools = new Map(Object.values(AUTHORITIES).map(({ url }) =>
  [url, new Authority(url, { connections: 64, headersTimeout: PATIENCE_MS, bodyTimeout: PATIENCE_MS })]));

async function asked(declaration, document, more) {
  const { origin, ...call } = request(declaration, document, more);
  const { statusCode, body } = await pools.get(origin).request(call);
  return readAnswer(document, statusCode, await body.text());
}

async function verified(declaration, document) {
  if (!document.adapter) return { good: false, why: "nobody is asked" };
  try {
    let answer = null;
    const registers = document.adapter === "catch" ? REGISTERS.length : 1;
    for (let register = 0; answer === null && register < registers; register += 1) answer = await asked(declaration, document, { register });
    if (answer === null) return { good: false, why: "not found" };
    if (!reserves(declaration, document, answer)) return answer;
    const receipt = await asked(declaration, document, { lines: answer.lines });
    return receipt.reserved ? answer : { good: false, why: "not reserved" };
  } catch (error) {
    return { good: false, why: String(error.code ?? error.message) };
  }
}

const app = fastify({ bodyLimit: 8_388_608 });
app.addContentTypeParser("application/xml", { parseAs: "string" }, (_, body, done) => done(null, body));
app.post("/v1/declarations", async ({ body }) => {
  const declaration = readDeclaration(body);
  const { id, lrn, mrn, declarant } = declaration;
  await database.query({ name: "declaration", text: SQL.declaration, values: [id, lrn, mrn, declarant, body] });
  const answers = await Promise.all(declaration.documents.map((document) => verified(declaration, document)));
  const decided = decide(declaration, answers);
  const { effect, documents } = decided.decision;
  await database.query({ name: "decision", text: SQL.decision, values: [id, effect, JSON.stringify(documents)] });
  return decided;
});
app.listen({ host: "127.0.0.1", port: Number(process.env.PEER_PORT) }).then((url) => console.log(`listening on ${url}`));
