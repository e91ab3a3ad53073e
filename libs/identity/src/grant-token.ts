import type { KeyObject } from 'node:crypto';
import { servicePrincipal, type EventData } from '@countersign/contracts';
import { trustDomainOf } from '@countersign/domain';
import { canonicalJson, type Instant, type JsonObject, type KeyId } from '@countersign/kernel';
import { encryptionKeyOf, publicEncryptionKeyOf } from './encryption-key.js';
import { keyIdOf, rawPublicKeyOf } from './keys.js';

/**
 * The claims of a grant once more, as a token that an authorization server takes (RFC 8693, `subject_token`): a JWT that policy has
 * signed, within a JWE to the executor's key. On the log it is of no use to whoever reads it, and within the executor it counts for
 * nothing that the grant around it does not say in the same words.
 */

type Allowed = EventData<'countersign.action.allowed'>;

/** The fields of a grant. */
export type GrantData = { readonly [Field in keyof Allowed]: Allowed[Field] };

/** Whoever has no token to do with does not wait for what reads and writes them. */
const library = () => import('jose');

const KEY_AGREEMENT = 'ECDH-ES';
const ENCRYPTION = 'A256GCM';
const SIGNATURE = 'EdDSA';

/** `aud`: the executor, and the name of the connection, so that who is sent the token can tell that it was meant. */
export const claimsOf = (grant: GrantData): JsonObject => {
  const { action, actionHash, sub, act, iat, exp, jti, cnf } = grant;
  const domain = trustDomainOf(sub);
  return {
    iss: servicePrincipal('policy', domain),
    aud: [servicePrincipal('executor', domain), action.destination],
    sub,
    act: { sub: act },
    iat,
    exp,
    jti,
    cnf: { kid: cnf },
    action: action.idempotencyKey,
    action_hash: actionHash,
    tenant: action.tenant,
    workflow: action.workflow,
    run: action.run,
    step: action.step,
    tool: action.tool,
  };
};

export interface Sealing {
  /** Policy's own private key. */
  readonly signingKey: KeyObject;
  /** What was announced with the key `cnf`; raw, base64url. */
  readonly encryptionKey: string;
}

/** The token of a grant, for `credential` of the event. Throws `KEY_INVALID`. */
export const sealGrantToken = async (grant: GrantData, { signingKey, encryptionKey }: Sealing): Promise<string> => {
  const { CompactEncrypt, CompactSign } = await library();
  const jwt = await new CompactSign(Buffer.from(canonicalJson(claimsOf(grant)))).setProtectedHeader({ alg: SIGNATURE, kid: keyIdOf(rawPublicKeyOf(signingKey)), typ: 'JWT' }).sign(signingKey);
  return new CompactEncrypt(Buffer.from(jwt)).setProtectedHeader({ alg: KEY_AGREEMENT, enc: ENCRYPTION, kid: grant.cnf, cty: 'JWT' }).encrypt(publicEncryptionKeyOf(encryptionKey));
};

export type TokenFault = 'token.missing' | 'token.unreadable' | 'token.expired' | 'token.differs';

export type OpenedToken = { readonly ok: true; readonly token: string } | { readonly ok: false; readonly code: TokenFault; readonly message: string };

export interface Opening {
  /** The executor's own private signing key, from which the one to decrypt with follows. */
  readonly signingKey: KeyObject;
  /** A key of policy that is announced and not retired. */
  readonly policyKey: (key: KeyId) => KeyObject | undefined;
  readonly now: Instant;
}

const refused = (code: TokenFault, message: string): OpenedToken => ({ ok: false, code, message });

/** The token within a grant, if policy signed it and it says what the grant says. The grant has passed `verifyGrant`. */
export const openGrantToken = async (grant: GrantData, { signingKey, policyKey, now }: Opening): Promise<OpenedToken> => {
  if (grant.credential === undefined) return refused('token.missing', 'the grant carries no token, and its tool takes one');
  const { compactDecrypt, compactVerify, decodeProtectedHeader, errors } = await library();
  let token: string;
  let payload: Uint8Array;
  try {
    const opened = await compactDecrypt(grant.credential, encryptionKeyOf(signingKey), { keyManagementAlgorithms: [KEY_AGREEMENT], contentEncryptionAlgorithms: [ENCRYPTION] });
    token = Buffer.from(opened.plaintext).toString('latin1');
    const key = policyKey(String(decodeProtectedHeader(token).kid) as KeyId);
    if (!key) return refused('token.unreadable', 'the token is signed with no key of policy');
    payload = (await compactVerify(token, key, { algorithms: [SIGNATURE] })).payload;
  } catch (fault) {
    // What a library says of bytes that it cannot read may quote them; its codes do not.
    return refused('token.unreadable', `the token cannot be decrypted, or policy did not sign it (${fault instanceof errors.JOSEError ? fault.code : 'no token'})`);
  }
  const claims = Buffer.from(payload).toString('utf8');
  if (isOver(claims, now)) return refused('token.expired', 'the token has run out');
  return claims === canonicalJson(claimsOf(grant)) ? { ok: true, token } : refused('token.differs', 'the token is not that of its grant');
};

const MS_PER_SECOND = 1_000;

const isOver = (claims: string, now: Instant): boolean => {
  try {
    const { exp } = JSON.parse(claims) as { readonly exp?: unknown };
    return typeof exp !== 'number' || now >= exp * MS_PER_SECOND;
  } catch {
    return true;
  }
};
