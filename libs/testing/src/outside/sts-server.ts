import { randomBytes } from 'node:crypto';
import { json, startServer, type LocalServer, type Reply, type Taken } from './local-server.js';
import { checkSignature } from './sigv4.js';

/** STS as far as `AssumeRole` goes, and a system behind it that heeds the session policy. Signatures are checked by what AWS documents, not by its SDK. */

export interface StsOptions {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly roleArn: string;
}

export interface StsSession {
  readonly name: string;
  readonly policy: { readonly Statement: readonly { readonly Action: readonly string[]; readonly Resource: readonly string[]; readonly Condition: { readonly DateLessThan: { readonly 'aws:CurrentTime': string } } }[] };
  readonly tags: Readonly<Record<string, string>>;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

export interface StsServer extends LocalServer {
  /** By access key. */
  readonly sessions: Map<string, StsSession>;
  readonly refused: string[];
  /** What was done with sessions: the ARN. */
  readonly done: string[];
  /** Something else instead of an answer; `null` never answers. */
  answer?: (() => Reply | null) | undefined;
}

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';

const fault = (status: number, code: string, why: string): Reply => ({
  status,
  type: 'text/xml',
  body: `<ErrorResponse xmlns="${NAMESPACE}"><Error><Type>Sender</Type><Code>${code}</Code><Message>${why}</Message></Error><RequestId>1</RequestId></ErrorResponse>`,
});

const given = (accessKeyId: string, { secretAccessKey, sessionToken }: StsSession, expires: string): Reply => ({
  status: 200,
  type: 'text/xml',
  body: `<AssumeRoleResponse xmlns="${NAMESPACE}"><AssumeRoleResult><Credentials><AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>${secretAccessKey}</SecretAccessKey><SessionToken>${sessionToken}</SessionToken><Expiration>${expires}</Expiration></Credentials></AssumeRoleResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></AssumeRoleResponse>`,
});

const tagsOf = (form: URLSearchParams): Record<string, string> => {
  const tags: Record<string, string> = {};
  for (let index = 1; form.has(`Tags.member.${index}.Key`); index += 1) tags[form.get(`Tags.member.${index}.Key`) ?? ''] = form.get(`Tags.member.${index}.Value`) ?? '';
  return tags;
};

export const startSts = async ({ accessKeyId, secretAccessKey, roleArn }: StsOptions): Promise<StsServer> => {
  const state: Omit<StsServer, keyof LocalServer> = { sessions: new Map(), refused: [], done: [] };
  const refuse = (reply: Reply, why: string): Reply => {
    state.refused.push(why);
    return reply;
  };

  const assume = (taken: Taken): Reply => {
    const signed = checkSignature(taken, (key) => (key === accessKeyId ? secretAccessKey : undefined));
    const wrong = typeof signed === 'string' ? signed : signed.service === 'sts' ? undefined : 'another service';
    if (wrong !== undefined) return refuse(fault(403, 'SignatureDoesNotMatch', 'no'), wrong);
    const form = new URLSearchParams(taken.body);
    const name = form.get('RoleSessionName') ?? '';
    const seconds = Number(form.get('DurationSeconds'));
    if (form.get('Action') !== 'AssumeRole' || !/^[\w+=,.@-]{2,64}$/.test(name) || !(seconds >= 900)) return refuse(fault(400, 'ValidationError', 'no'), 'the request');
    if (form.get('RoleArn') !== roleArn) return refuse(fault(403, 'AccessDenied', 'no'), 'the role');
    const key = `ASIA${randomBytes(8).toString('hex').toUpperCase()}`;
    const session: StsSession = { name, policy: JSON.parse(form.get('Policy') ?? '') as StsSession['policy'], tags: tagsOf(form), secretAccessKey: randomBytes(30).toString('base64'), sessionToken: randomBytes(60).toString('base64') };
    state.sessions.set(key, session);
    return given(key, session, new Date(Date.now() + seconds * 1_000).toISOString());
  };

  /** `/objects/<key>` is `arn:aws:s3:::<key>`. */
  const use = (taken: Taken): Reply => {
    const signed = checkSignature(taken, (key) => state.sessions.get(key)?.secretAccessKey);
    if (typeof signed === 'string') return refuse(json(403, { error: signed }), signed);
    const session = state.sessions.get(signed.accessKeyId);
    if (!session || taken.headers['x-amz-security-token'] !== session.sessionToken) return refuse(json(403, { error: 'session' }), 'the session');
    const arn = `arn:aws:s3:::${decodeURIComponent(taken.url.pathname.replace('/objects/', ''))}`;
    const isAllowed = session.policy.Statement.some(({ Resource, Condition }) => Resource.includes(arn) && Date.now() < Date.parse(Condition.DateLessThan['aws:CurrentTime']));
    if (!isAllowed) return refuse(json(403, { error: 'policy' }), `the policy does not allow ${arn}`);
    state.done.push(arn);
    return json(201, { id: `done-${state.done.length}` });
  };

  const server = await startServer((taken) => {
    const other = state.answer?.();
    if (other !== undefined) return Promise.resolve(other ?? undefined);
    return Promise.resolve(taken.url.pathname.startsWith('/objects/') ? use(taken) : assume(taken));
  });
  return Object.assign(state, server);
};
