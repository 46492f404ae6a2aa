// Generate a client from the contract, as its README tells app teams to:
// `node generate.mjs CONTRACTS OUT` writes OUT/*.ts and OUT/persisted-documents.json.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { addTypenameSelectionDocumentTransform, preset } from '@graphql-codegen/client-preset';
import { codegen } from '@graphql-codegen/core';
import { buildSchema, parse } from 'graphql';

const [contracts, out] = process.argv.slice(2);

const sdl = readFileSync(join(contracts, 'schema.graphql'), 'utf8');
const folder = join(contracts, 'operations');
const documents = readdirSync(folder).map((location) => {
  const rawSDL = readFileSync(join(folder, location), 'utf8');
  return { location, rawSDL, document: parse(rawSDL) };
});

const sections = await preset.buildGeneratesSection({
  baseOutputDir: `${out}/`,
  schema: parse(sdl),
  schemaAst: buildSchema(sdl),
  documents,
  documentTransforms: [{ transformObject: addTypenameSelectionDocumentTransform }],
  config: {
    documentMode: 'string',
    enumsAsTypes: true,
    strictScalars: true,
    useTypeImports: true,
    scalars: {
      CurrencyCode: 'string',
      Date: 'string',
      DateTime: 'string',
      Locale: 'string',
      Points: 'number',
      URL: 'string',
    },
  },
  presetConfig: { fragmentMasking: false, persistedDocuments: { hashAlgorithm: 'sha256' } },
  plugins: [],
  pluginMap: {},
});
for (const section of sections) {
  const text = await codegen(section);
  mkdirSync(dirname(section.filename), { recursive: true });
  writeFileSync(section.filename, text);
}
console.log(JSON.stringify(sections.map((section) => section.filename)));
