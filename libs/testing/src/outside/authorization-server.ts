import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { jwtVerify, SignJWT, type JWTPayload } from 'jose';
import { json, startServer, type LocalServer, type Reply, type Taken } from './local-server.js';

/** An authorization server that takes what policy says of an action (RFC 8693), and a system that takes what it gives. Neither knows any code of ours. */

export interface AuthorizationOptions {
  /** Raw Ed25519 public key of policy, base64url. */
  readonly policyKey: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Name of the connection, which has to be meant by the token. */
  readonly audience: string;
}

export interface AuthorizationServer extends LocalServer {
  /** Every access token that was given. */
  readonly given: string[];
  /** What was exchanged for them, and every token that was shown for it. */
  readonly exchanged: JWTPayload[];
  readonly shown: string[];
  /** Why exchanges were refused. */
  readonly refused: string[];
  /** What was done with tokens that it gave: scopes. */
  readonly done: string[];
  /** Something else instead of the answer to an exchange. */
  answer?: (right: Record<string, unknown>) => Reply | undefined;
}

const GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const JWT = 'urn:ietf:params:oauth:token-type:jwt';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
const CLAIMS = ['iss', 'aud', 'sub', 'act', 'iat', 'exp', 'jti', 'cnf', 'action', 'action_hash', 'tenant', 'workflow', 'run', 'step', 'tool'];

const refusal = (error: string, error_description: string): Reply => json(error === 'invalid_client' ? 401 : 400, { error, error_description });

export const startAuthorizationServer = async ({ policyKey, clientId, clientSecret, audience }: AuthorizationOptions): Promise<AuthorizationServer> => {
  const own = generateKeyPairSync('ed25519');
  const policy = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: policyKey } });
  const state: Omit<AuthorizationServer, keyof LocalServer> = { given: [], exchanged: [], shown: [], refused: [], done: [] };

  const exchange = async ({ method, headers, body }: Taken): Promise<Reply | undefined> => {
    const form = new URLSearchParams(body);
    const refuse = (error: string, why: string): Reply => {
      state.refused.push(`${error}: ${why}`);
      return refusal(error, why);
    };
    if (headers.authorization !== `Basic ${Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString('base64')}`) return refuse('invalid_client', 'who asks');
    if (method !== 'POST' || !headers['content-type']?.startsWith('application/x-www-form-urlencoded')) return refuse('invalid_request', 'no form');
    if (form.get('grant_type') !== GRANT_TYPE) return refuse('unsupported_grant_type', String(form.get('grant_type')));
    if (form.get('subject_token_type') !== JWT || form.get('requested_token_type') !== ACCESS_TOKEN) return refuse('invalid_request', 'types of tokens');
    state.shown.push(form.get('subject_token') ?? '');
    let claims: JWTPayload;
    try {
      claims = (await jwtVerify(form.get('subject_token') ?? '', policy, { algorithms: ['EdDSA'], typ: 'JWT', audience, issuer: 'spiffe://countersign.local/service/policy', requiredClaims: CLAIMS })).payload;
    } catch (fault) {
      return refuse('invalid_grant', String(fault));
    }
    const scope = `tenant:${String(claims['tenant'])} tool:${String(claims['tool'])} action:${String(claims['action'])}`;
    if (form.get('scope') !== scope) return refuse('invalid_scope', String(form.get('scope')));
    // It ends with what was exchanged for it.
    const token = await new SignJWT({ scope, act: claims['act'] }).setProtectedHeader({ alg: 'EdDSA' }).setSubject(String(claims.sub)).setAudience(audience).setExpirationTime(Number(claims.exp)).sign(own.privateKey);
    state.exchanged.push(claims);
    const right = { access_token: token, issued_token_type: ACCESS_TOKEN, token_type: 'Bearer', expires_in: Number(claims.exp) - Math.ceil(Date.now() / 1_000), scope };
    if (state.answer) return state.answer(right);
    state.given.push(token);
    return json(200, right);
  };

  const use = async ({ headers }: Taken): Promise<Reply> => {
    try {
      const { payload } = await jwtVerify(headers.authorization?.replace(/^Bearer /, '') ?? '', own.publicKey, { algorithms: ['EdDSA'], audience, requiredClaims: ['exp', 'scope'] });
      state.done.push(String(payload['scope']));
      return json(201, { id: `done-${state.done.length}` });
    } catch {
      return json(401, { error: 'invalid_token' });
    }
  };

  const server = await startServer((taken) => (taken.url.pathname === '/token' ? exchange(taken) : use(taken)));
  return Object.assign(state, server);
};
