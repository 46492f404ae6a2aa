// Run the audits of graphql-http against a server: node audit.mjs URL; prints each result as JSON.
import { serverAudits } from 'graphql-http';

const url = process.argv[2];
const results = [];
for (const audit of serverAudits({ url })) {
  const { status, reason = '' } = await audit.fn();
  results.push({ id: audit.id, name: audit.name, status, reason });
}
process.stdout.write(JSON.stringify(results));
