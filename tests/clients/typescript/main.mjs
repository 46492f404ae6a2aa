// What a phone does, with the compiled client: `node main.mjs FOLDER URL TOKEN OFFER` prints it as JSON.
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';

const [folder, url, token, offer] = process.argv.slice(2);
const { Claims, home, newKey } = await import(pathToFileURL(join(folder, 'client.js')).href);

const kept = new Map();
const storage = { get: (name) => kept.get(name) ?? null, set: (name, value) => kept.set(name, value) };
const to = { url, token: async () => token };
const claims = new Claims(to, storage);

claims.note(offer);
const written = kept.get('claims');
const first = await claims.send();
storage.set('claims', written); // the answer never came: the app starts again and finds the claim
const again = await claims.send();
claims.note(offer);
const refused = await claims.send();
const { me } = await home(to);
console.log(JSON.stringify({ first, again, refused, waiting: claims.waiting, key: newKey(), me }));
