// Compile a folder as its relay.config.json says: `node compile.mjs FOLDER` prints what Relay's compiler says.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import compiler from 'relay-compiler';

const [folder] = process.argv.slice(2);

mkdirSync(join(folder, '__generated__'));
mkdirSync(join(folder, 'registered'));
writeFileSync(join(folder, 'registered', 'phone.json'), '{}');
const { status, output } = spawnSync(compiler, ['relay.config.json'], { cwd: folder, encoding: 'utf8' });
console.log(JSON.stringify({ status, said: output?.join('') }));
