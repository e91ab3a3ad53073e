import { isJsonObject, type Json } from '@countersign/kernel';
import { readPrivateEntries, UnusableEntry } from '@countersign/identity';
import { isWebhookSecret, readReach, type Reach } from '@countersign/outbound';

/** What an endpoint is signed for with, and where it may turn out to be. Only this service knows it. */
export interface WebhookSecret extends Reach {
  /** One, or two while one takes the place of the other. */
  readonly secrets: readonly string[];
}

/** While one secret takes the place of another there are two; more would only make forgeries likelier. */
const MOST_SECRETS = 2;

const KEYS = ['secrets', 'allowPrivate', 'networks'];

const isTexts = (value: Json | undefined): value is string[] => Array.isArray(value) && value.every((item) => typeof item === 'string');

const secretOf = (entry: Json): WebhookSecret => {
  if (!isJsonObject(entry)) throw new UnusableEntry('no object for');
  const stray = Object.keys(entry).find((key) => !KEYS.includes(key));
  if (stray !== undefined) throw new UnusableEntry(`an unknown key \`${stray}\` for`);
  const { secrets } = entry;
  if (!isTexts(secrets) || secrets.length < 1 || secrets.length > MOST_SECRETS || !secrets.every(isWebhookSecret)) throw new UnusableEntry('`secrets` that are not one or two of the form `whsec_` and base64 of 24 to 64 bytes for');
  const read = readReach(entry);
  if ('fault' in read) throw new UnusableEntry(`${read.fault} for`);
  return { secrets, ...read.reach };
};

/** Reads the secrets by name. Throws `CONFIG_INVALID`, also where others may read the file. */
export const readWebhookSecrets = (path: string): ReadonlyMap<string, WebhookSecret> =>
  readPrivateEntries(path, {
    what: 'the secrets file',
    hint: 'it is JSON such as {"ops": {"secrets": ["whsec_..."]}} with mode 0600; docs/webhooks.md has every key',
    entryOf: secretOf,
  });
