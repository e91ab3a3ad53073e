import { isJsonObject, isSecureUrl, type JsonObject } from '@countersign/kernel';
import { readReach, type Reach } from '@countersign/outbound';
import { looseBraces } from '@countersign/tools';
import type { AwsStsSource, CredentialSource } from './credential.js';
import { unknownNames } from './scope.js';

/** Each part of the action says what the credential is for, which a server that knows none of it refuses. */
export const DEFAULT_SCOPE = 'tenant:{tenant} tool:{tool} action:{action}';

/** What is wrong with a `credential` of the connections file, in words that go behind "the connection". */
class SourceFault extends Error {}

type Field = (name: string) => string;

/** What is sent there opens something, so nobody on the way may read it. */
const endpoint = (name: string, text: string): URL => {
  if (!URL.canParse(text)) throw new SourceFault(`has a \`${name}\` that is no URL`);
  const url = new URL(text);
  if (!isSecureUrl(url)) throw new SourceFault(`has a \`${name}\` that is not https`);
  return url;
};

const template = (name: string, text: string, resources = false): string => {
  const [unknown] = unknownNames(text, resources);
  if (unknown !== undefined) throw new SourceFault(`has \`{${unknown}}\` in \`${name}\`, which stands for nothing there`);
  if (looseBraces(text)) throw new SourceFault(`has a brace in \`${name}\` that stands alone; \`{{\` and \`}}\` are braces`);
  return text;
};

/** Where its server may be, as it is said of a connection. */
const reachOf = (given: JsonObject): Reach => {
  const read = readReach(given, ' in its `credential`');
  if ('fault' in read) throw new SourceFault(`has ${read.fault}`);
  return read.reach;
};

const PROVIDERS = {
  file: { fields: ['path'], read: (field: Field): CredentialSource => ({ provider: 'file', path: template('path', field('path')) }) },
  environment: { fields: ['name'], read: (field: Field): CredentialSource => ({ provider: 'environment', name: template('name', field('name')) }) },
  'oauth-token-exchange': {
    fields: ['tokenEndpoint', 'clientId', 'clientSecretFile', 'audience', 'resource', 'scope', 'allowPrivate', 'networks'],
    read: (field: Field, given: JsonObject): CredentialSource => ({
      provider: 'oauth-token-exchange',
      tokenEndpoint: endpoint('tokenEndpoint', field('tokenEndpoint')),
      clientId: field('clientId'),
      clientSecretFile: field('clientSecretFile'),
      scope: 'scope' in given ? template('scope', field('scope')) : DEFAULT_SCOPE,
      ...('audience' in given && { audience: template('audience', field('audience')) }),
      ...('resource' in given && { resource: template('resource', field('resource')) }),
      ...reachOf(given),
    }),
  },
  'aws-sts': {
    fields: ['roleArn', 'region', 'service', 'actions', 'resources', 'endpoint', 'accessKeyId', 'secretAccessKeyFile', 'allowPrivate', 'networks'],
    read: (field: Field, given: JsonObject): CredentialSource => readAws(field, given),
  },
} as const;

const texts = (given: JsonObject, name: string): readonly string[] => {
  const value = given[name];
  if (!Array.isArray(value) || value.length === 0 || !value.every((item) => typeof item === 'string' && item !== '')) throw new SourceFault(`has no list of texts \`${name}\``);
  return value as readonly string[];
};

const readAws = (field: Field, given: JsonObject): AwsStsSource => {
  if ('accessKeyId' in given !== 'secretAccessKeyFile' in given) throw new SourceFault('has one of `accessKeyId` and `secretAccessKeyFile` without the other');
  return {
    provider: 'aws-sts',
    roleArn: field('roleArn'),
    region: field('region'),
    service: field('service'),
    actions: texts(given, 'actions'),
    resources: texts(given, 'resources').map((arn) => template('resources', arn, true)),
    ...('endpoint' in given && { endpoint: endpoint('endpoint', field('endpoint')) }),
    ...('accessKeyId' in given && { accessKeyId: field('accessKeyId'), secretAccessKeyFile: field('secretAccessKeyFile') }),
    ...reachOf(given),
  };
};

/** The `credential` of a connection, or what is wrong with it. No value of it is ever in the message. */
export const readSource = (raw: unknown): { readonly source: CredentialSource } | { readonly fault: string } => {
  try {
    if (!isJsonObject(raw)) throw new SourceFault('has a `credential` that is no object');
    const name = raw['provider'];
    const provider = typeof name === 'string' && Object.hasOwn(PROVIDERS, name) ? PROVIDERS[name as keyof typeof PROVIDERS] : undefined;
    if (!provider) throw new SourceFault(`needs a \`provider\` among ${Object.keys(PROVIDERS).map((known) => `\`${known}\``).join(', ')}`);
    const stray = Object.keys(raw).find((key) => key !== 'provider' && !provider.fields.some((known) => known === key));
    if (stray !== undefined) throw new SourceFault(`has a field in \`credential\` that its provider does not know`);
    const field: Field = (key) => {
      const value = raw[key];
      if (typeof value !== 'string' || value === '') throw new SourceFault(`has no \`${key}\` in its \`credential\``);
      return value;
    };
    return { source: provider.read(field, raw) };
  } catch (fault) {
    if (fault instanceof SourceFault) return { fault: fault.message };
    throw fault;
  }
};
