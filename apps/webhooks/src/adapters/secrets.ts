import { CountersignError, isJsonObject, messageOf, type Json } from '@countersign/kernel';
import { readPrivateFile } from '@countersign/identity';
import { isNetwork, isWebhookSecret, type Reach } from '@countersign/outbound';

/** What an endpoint is signed for with, and where it may turn out to be. Only this service knows it. */
export interface WebhookSecret extends Reach {
  /** One, or two while one takes the place of the other. */
  readonly secrets: readonly string[];
}

/** While one secret takes the place of another there are two; more would only make forgeries likelier. */
const MOST_SECRETS = 2;

const KEYS = ['secrets', 'allowPrivate', 'networks'];

const isTexts = (value: Json | undefined): value is string[] => Array.isArray(value) && value.every((item) => typeof item === 'string');

/** Why an entry cannot be used; its values are never said. */
class Unusable extends Error {}

const secretOf = (entry: Json): WebhookSecret => {
  if (!isJsonObject(entry)) throw new Unusable('no object for');
  const stray = Object.keys(entry).find((key) => !KEYS.includes(key));
  if (stray !== undefined) throw new Unusable(`an unknown key \`${stray}\` for`);
  const { secrets, allowPrivate, networks } = entry;
  if (!isTexts(secrets) || secrets.length < 1 || secrets.length > MOST_SECRETS || !secrets.every(isWebhookSecret)) throw new Unusable('`secrets` that are not one or two of the form `whsec_` and base64 of 24 to 64 bytes for');
  if (allowPrivate !== undefined && typeof allowPrivate !== 'boolean') throw new Unusable('an `allowPrivate` that is neither true nor false for');
  if (networks !== undefined && !(isTexts(networks) && networks.every(isNetwork))) throw new Unusable('a `networks` that is no list such as ["10.1.0.0/16"] for');
  return { secrets, ...(allowPrivate !== undefined && { allowPrivate }), ...(networks !== undefined && { networks }) };
};

/** The parser's own fault quotes what it stumbled over, which may be a secret. */
const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('it is no JSON');
  }
};

/** Reads the secrets by name. Throws `CONFIG_INVALID`, also where others may read the file. */
export const readWebhookSecrets = (path: string): ReadonlyMap<string, WebhookSecret> => {
  const invalid = (message: string, cause?: unknown): CountersignError =>
    new CountersignError('CONFIG_INVALID', `the secrets file \`${path}\` ${message}`, { cause, hint: 'it is JSON such as {"ops": {"secrets": ["whsec_..."]}} with mode 0600; docs/webhooks.md has every key' });
  let content: unknown;
  try {
    const file = readPrivateFile(path);
    if ('fault' in file) throw file.fault === 'open' ? new Error('others may read it; its mode has to be 0600') : file.cause;
    content = parsed(file.text);
  } catch (cause) {
    throw invalid(`cannot be used: ${messageOf(cause)}`, cause);
  }
  if (!isJsonObject(content)) throw invalid('holds no JSON object');
  return new Map(
    Object.entries(content).map(([name, entry]) => {
      try {
        return [name, secretOf(entry)];
      } catch (fault) {
        if (fault instanceof Unusable) throw invalid(`has ${fault.message} \`${name}\``);
        throw fault;
      }
    }),
  );
};
