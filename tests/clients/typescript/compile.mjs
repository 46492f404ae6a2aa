// Compile a folder as `tsc --strict` does by its tsconfig.json: `node compile.mjs FOLDER` prints what is wrong.
import { join } from 'node:path';

import ts from 'typescript';

const [folder] = process.argv.slice(2);

const { config } = ts.readConfigFile(join(folder, 'tsconfig.json'), ts.sys.readFile);
const { fileNames, options, errors } = ts.parseJsonConfigFileContent(config, ts.sys, folder);
const program = ts.createProgram(fileNames, options);
const emitted = program.emit();
const found = [...errors, ...ts.getPreEmitDiagnostics(program), ...emitted.diagnostics];
const said = found.map(({ file, start, messageText }) => {
  const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
  return `${file?.fileName ?? ''}:${line}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
});
console.log(JSON.stringify({ files: fileNames.length, strict: options.strict, said }));
