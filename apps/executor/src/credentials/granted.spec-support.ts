import type { ControlState, Pinned, ToolContract } from '@countersign/domain';
import { NO_KEYS, Seals } from '@countersign/privacy';
import { generateKey, keyIdOf, rawEncryptionKeyOf, rawPublicKeyOf, sealGrantToken, type GrantData } from '@countersign/identity';
import { deterministicId, systemClock, type Instant } from '@countersign/kernel';
import { grantFor } from '@countersign/testing/executor-world';
import { hashOfDocument, REFUND } from '@countersign/testing/refund-desk';
import { GitHubToolClient } from '../adapters/github-tool-client.js';
import { HttpToolClient } from '../adapters/http-tool-client.js';
import type { Connection } from '../adapters/connections.js';
import { Tools } from '../adapters/tools.js';
import { Credentials } from './credentials.js';
import type { CredentialSource, Errand } from './credential.js';
import { GrantTokens } from './grant-tokens.js';

/** Grants of now, and a tool that is called under them for real. */

export const POLICY = generateKey();
export const EXECUTOR = generateKey();
const idOf = (key: typeof POLICY) => keyIdOf(rawPublicKeyOf(key));

const { readBack: _readBack, pick: _pick, outsideId: _outsideId, ...PLAIN } = REFUND;
/** A tool that posts to `/objects/<charge>` of its connection. */
export const TOOL: ToolContract = {
  ...PLAIN,
  connection: 'ledger',
  result: { type: 'object', additionalProperties: false, required: ['id'], properties: { id: { type: 'string' } } },
  request: { method: 'POST', path: '/objects/{charge}', query: { note: 'a b' }, headers: {}, body: { charge: '{charge}' } },
  resources: { charge: '/charge' },
};
export const pinned = (document: ToolContract): Pinned<ToolContract> => ({ id: 'payments-refund', version: 1, hash: hashOfDocument(document), document });

export interface Granted {
  readonly tool?: ToolContract;
  readonly step?: string;
  readonly charge?: string;
  /** Seconds from now. */
  readonly lives?: number;
}

/** A grant as policy writes it. */
export const granted = async ({ tool = TOOL, step = 'refund', charge = 'ch_1', lives = 30 }: Granted = {}): Promise<GrantData> => {
  const jti = deterministicId('jti', step, charge);
  const exp = Math.floor(Date.now() / 1_000) + lives;
  const { event } = grantFor(tool, jti, exp, step);
  if (event.type !== 'countersign.action.allowed') throw new Error('no grant');
  const data: GrantData = Object.assign({}, event.data, { action: Object.assign({}, event.data.action, { args: { charge } }), cnf: idOf(EXECUTOR) });
  return tool.credential === undefined ? data : { ...data, credential: await sealGrantToken(data, { signingKey: POLICY, encryptionKey: rawEncryptionKeyOf(EXECUTOR) }) };
};

const CONTROLS = { keys: new Map([[idOf(POLICY), { key: idOf(POLICY), service: 'policy', publicKey: rawPublicKeyOf(POLICY), announced: 0 }]]) } as unknown as ControlState;

export const errandOf = (grant: GrantData): Errand => ({
  action: grant.action,
  jti: grant.jti,
  exp: grant.exp,
  subjectToken: () => new GrantTokens(EXECUTOR).open(grant, { now: Date.now() as Instant, controls: CONTROLS }),
});

export interface Setting {
  readonly url: string;
  readonly source?: CredentialSource;
  readonly namespace?: string;
  readonly variables?: ReadonlyMap<string, string>;
}

/** The executor's tools with one connection. */
export const toolsWith = ({ url, source, namespace = 'countersign', variables = new Map() }: Setting): Tools => {
  const connection: Connection = { url: new URL(url), allowPrivate: true, ...(source && { credential: source }) };
  const http = new HttpToolClient();
  return new Tools({
    clients: { http, github: new GitHubToolClient() },
    connections: new Map([['ledger', connection]]),
    credentials: new Credentials({ namespace, variables, clock: systemClock }),
    blobs: { put: () => Promise.reject(new Error('no blob here')) },
    seals: new Seals(NO_KEYS),
    now: () => systemClock.now(),
  });
};

export const soon = (milliseconds = 10_000): AbortSignal => AbortSignal.timeout(milliseconds);
