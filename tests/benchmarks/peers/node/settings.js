// Node-RED without its editor: the flow of flow.json, with the steps and a pool of connections within its reach.
"use strict";

const { Pool } = require("pg");
const steps = require("./steps.js");

const port = Number(process.env.PEER_PORT);
const told = (entry) => {
  if (entry.msg === "Started flows") console.log(`listening on http://127.0.0.1:${port}`);
};

module.exports = {
  uiHost: "127.0.0.1",
  uiPort: port,
  httpAdminRoot: false,
  httpNodeRoot: "/",
  apiMaxLength: "8mb",
  flowFile: "flow.json",
  credentialSecret: false,
  lang: "en-US",
  telemetry: { enabled: false },
  functionGlobalContext: { steps, database: new Pool({ connectionString: process.env.PEER_DATABASE_URL, max: 8 }) },
  logging: {
    console: { level: "warn", metrics: false, audit: false },
    started: { level: "info", metrics: false, audit: false, handler: () => told },
  },
};
