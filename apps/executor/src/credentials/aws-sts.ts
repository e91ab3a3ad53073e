import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { timestamp, type Instant } from '@countersign/kernel';
import { outsideLookup } from '@countersign/outbound';
import { given, none, type AwsStsSource, type Brokered, type CredentialRequest } from './credential.js';
import { scopedArn } from './scope.js';
import { readSecretFile } from './secret-file.js';
import { unreached } from './unreached.js';

/** STS gives nothing shorter, which is why the session policy ends with the grant. */
const SHORTEST_SESSION_SECONDS = 900;
/** What STS takes as a session policy, in characters. */
const MAX_SESSION_POLICY = 2_048;
const MS_PER_SECOND = 1_000;

/**
 * What the session may do: what the connection says, on what the action is about, until the grant ends. AWS grants what both this and
 * the role allow. `undefined` where a value of the action could widen it.
 */
export const sessionPolicy = ({ actions, resources }: AwsStsSource, { tool, errand }: Pick<CredentialRequest, 'tool' | 'errand'>): string | undefined => {
  const arns = resources.flatMap((template) => scopedArn(template, errand, tool) ?? []);
  if (arns.length < resources.length) return undefined;
  const until = timestamp((errand.exp * MS_PER_SECOND) as Instant);
  return JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: actions, Resource: arns, Condition: { DateLessThan: { 'aws:CurrentTime': until } } }] });
};

/** Takes the role for one action: the session has its id for a name, and tenant and tool for tags. */
export const assumeRole = async (source: AwsStsSource, { tool, errand }: Pick<CredentialRequest, 'tool' | 'errand'>, signal: AbortSignal): Promise<Brokered> => {
  const { action, exp } = errand;
  const policy = sessionPolicy(source, { tool, errand });
  if (policy === undefined) return none('credential.resource-unsafe');
  if (policy.length > MAX_SESSION_POLICY) return none('credential.policy-too-large');
  // Only who uses it pays for loading it.
  const { AssumeRoleCommand, STSClient } = await import('@aws-sdk/client-sts');
  const { accessKeyId: own, secretAccessKeyFile } = source;
  const secret = secretAccessKeyFile === undefined ? undefined : readSecretFile(secretAccessKeyFile);
  if (secret && !('text' in secret)) return secret;
  const credentials = own !== undefined && secret ? { credentials: { accessKeyId: own, secretAccessKey: secret.text } } : {};
  const { region, endpoint, roleArn } = source;
  let client: InstanceType<typeof STSClient> | undefined;
  const tags = Object.entries({ tenant: action.tenant, workflow: action.workflow, tool: action.tool }).map(([Key, Value]) => ({ Key, Value }));
  try {
    const lookup = outsideLookup(source, endpoint);
    const requestHandler = { httpAgent: new HttpAgent({ lookup }), httpsAgent: new HttpsAgent({ lookup }) };
    // How often something is tried is the executor's to say.
    client = new STSClient({ region, maxAttempts: 1, requestHandler, ...(endpoint && { endpoint: endpoint.href }), ...credentials });
    const { Credentials: keys } = await client.send(
      new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: action.idempotencyKey, Policy: policy, DurationSeconds: SHORTEST_SESSION_SECONDS, Tags: tags }),
      { abortSignal: signal },
    );
    const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken } = keys ?? {};
    if (accessKeyId === undefined || secretAccessKey === undefined || sessionToken === undefined) return none('credential.answer-invalid');
    // What the policy says is over then, whatever the keys say of themselves.
    return given({ kind: 'aws', value: { accessKeyId, secretAccessKey, sessionToken }, expiresAt: (exp * MS_PER_SECOND) as Instant });
  } catch (fault) {
    return isRefusal(fault) ? none('credential.refused') : unreached(fault);
  } finally {
    client?.destroy();
  }
};

/** 4xx but for throttling. What the SDK says in words may carry what was sent. */
const isRefusal = (fault: unknown): boolean => {
  const { name, $metadata } = fault as { readonly name?: string; readonly $metadata?: { readonly httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode ?? 0;
  return status >= 400 && status < 500 && status !== 408 && status !== 429 && !/throttl/i.test(name ?? '');
};
