// An OAuth2 server that is not ours: node-oidc-provider, with Entra's paths and Partner Center's scope.
//
//   node server.mjs [--access-token-life SECONDS] [--opaque] [--certificate PEM-FILE]
//
// Writes lines of JSON: first {"authority": ...}, then {"error": ...} for each token request it refuses.
// Ends when its standard input does, so that it cannot outlive who started it.

import { once } from 'node:events';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import Provider from 'oidc-provider';

const TENANT = '5e2b8c1a-94d7-4f30-8a6b-c7d10e9f2b34';
const AUDIENCE = 'https://api.partnercenter.microsoft.com';
const SCOPE = `${AUDIENCE}/.default`;
const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code';

const { values: options } = parseArgs({
  options: {
    'access-token-life': { type: 'string', default: '3600' },
    opaque: { type: 'boolean', default: false },
    certificate: { type: 'string' },
  },
});

function clients() {
  const app = { redirect_uris: [], response_types: [] };
  const confidential = {
    ...app,
    client_id: '1f0d3a52-6c8e-47b9-9e21-5d84ab70c6f3',
    client_secret: 'kept-by-the-application',
    token_endpoint_auth_method: 'client_secret_post',
    grant_types: ['client_credentials', 'refresh_token', DEVICE_CODE],
  };
  const open = {
    ...app,
    client_id: '8b9c6e14-03f5-4d2a-b7e8-21fa5c90d647',
    application_type: 'native',
    token_endpoint_auth_method: 'none',
    grant_types: ['refresh_token', DEVICE_CODE],
  };
  return options.certificate ? [confidential, open, certified(app)] : [confidential, open];
}

function certified(app) {
  const { publicKey } = new X509Certificate(readFileSync(options.certificate));
  return {
    ...app,
    client_id: 'c46a7d90-e1b2-4385-9f0c-7a3d58e6b219',
    token_endpoint_auth_method: 'private_key_jwt',
    grant_types: ['client_credentials'],
    jwks: { keys: [publicKey.export({ format: 'jwk' })] },
  };
}

// Entra takes the audience from the scope; here it is the resource (RFC 8707) of a request that names none.
const resourceIndicators = {
  enabled: true,
  defaultResource: () => AUDIENCE,
  getResourceServerInfo: () => ({
    audience: AUDIENCE,
    scope: SCOPE,
    accessTokenFormat: options.opaque ? 'opaque' : 'jwt',
    accessTokenTTL: Number(options['access-token-life']),
  }),
};

const configuration = {
  clients: clients(),
  cookies: { keys: ['of no worth'] },
  features: {
    clientCredentials: { enabled: true },
    deviceFlow: { enabled: true },
    devInteractions: { enabled: true },
    resourceIndicators,
  },
  // A used refresh token is void, and using it again voids all that came from the same sign-in.
  rotateRefreshToken: true,
  routes: {
    token: `/${TENANT}/oauth2/v2.0/token`,
    device_authorization: `/${TENANT}/oauth2/v2.0/devicecode`,
  },
};

// Standard output is for our lines: the library's notices are of defaults, which will do here.
console.info = () => {};

function say(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

const server = createServer().listen(0, '127.0.0.1');
await once(server, 'listening');
const authority = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(authority, configuration);
// The shortest pause between two polls that can be told; without it, clients wait five seconds.
provider.on('device_authorization.success', (_, body) => Object.assign(body, { interval: 1 }));
provider.on('grant.error', (_, { error }) => say({ error }));
provider.on('server_error', (_, error) => console.error(error));
server.on('request', provider.callback());

process.stdin.on('end', () => process.exit()).resume();
say({ authority });
