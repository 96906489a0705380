// Walks through a partner's customers by `fetch`. Reads {"url", "token", "size"} from its standard
// input, and writes the ids as a JSON array.

import { readFileSync } from 'node:fs';

const { url, token, size } = JSON.parse(readFileSync(0, 'utf8'));
const ids = [];
let path = size === null ? '/v1/customers' : `/v1/customers?size=${size}`;
let headers = [];
while (path !== undefined) {
  const sent = Object.fromEntries(headers.map(({ key, value }) => [key, value]));
  const answer = await fetch(url + path, { headers: { authorization: `Bearer ${token}`, ...sent } });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  const page = await answer.json();
  ids.push(...page.items.map(({ id }) => id));
  ({ uri: path, headers = [] } = page.links.next ?? {});
  if (path !== undefined && !path.startsWith('/v1/')) path = `/v1${path}`;
}
console.log(JSON.stringify(ids));
