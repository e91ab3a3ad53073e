import { DESTINATION_KINDS, matchesGlob, type DestinationKind } from '@countersign/kernel';
import type { Destination } from './facts.js';

const isKind = (text: string): text is DestinationKind => DESTINATION_KINDS.some((kind) => kind === text);

/** Every place; behind a kind, every place of that kind. */
const EVERY_PLACE = '*';

/** `email:*@example.com`: a kind and a glob over the normalised value. Without a kind only `*` matches anything. */
export interface DestinationPattern {
  readonly kind?: DestinationKind;
  readonly glob: string;
}

export const destinationPattern = (text: string): DestinationPattern => {
  const [kind = ''] = text.split(':', 1);
  return text.includes(':') && isKind(kind) ? { kind, glob: text.slice(kind.length + 1) } : { glob: text };
};

const URL = /^(https?|\*):\/\/([^/]+)(\/.*)?$/;

/** Scheme, host and path apart: `https://*.example.com/*` would match `https://evil.io/.example.com/` otherwise. */
const matchesUrl = (glob: string, value: string): boolean => {
  if (glob === EVERY_PLACE) return true;
  const [, scheme, host = '', path = '/'] = URL.exec(glob) ?? [];
  const [, valueScheme = '', valueHost = '', valuePath = ''] = URL.exec(value) ?? [];
  return scheme !== undefined && matchesGlob(scheme, valueScheme) && matchesGlob(host, valueHost) && matchesGlob(path, valuePath);
};

export const matchesDestination = ({ kind, glob }: DestinationPattern, destination: Pick<Destination, 'kind' | 'value'>): boolean => {
  if (kind === undefined) return glob === EVERY_PLACE;
  if (kind !== destination.kind) return false;
  return kind === 'url' ? matchesUrl(glob, destination.value) : matchesGlob(glob, destination.value);
};

/** Places of these kinds are in lower case, whoever writes them; of a URL the host is. */
const hasUpperCase = (kind: DestinationKind, glob: string): boolean => {
  const lowered = kind === 'email' || kind === 'host' ? glob : kind === 'url' ? (URL.exec(glob)?.[2] ?? '') : '';
  return lowered !== lowered.toLowerCase();
};

/** What is wrong with a pattern that somebody wrote; `undefined` where nothing is. */
export const destinationPatternFault = (text: string): string | undefined => {
  if (text === EVERY_PLACE) return undefined;
  const { kind, glob } = destinationPattern(text);
  if (kind === undefined) return `\`${text}\` says no kind of place: write \`email:${text}\`, or one of \`host:\` \`url:\` \`channel:\` \`account:\` \`id:\`; \`*\` alone is every place`;
  if (glob === '') return `\`${text}\` can match nothing`;
  if (kind === 'url' && glob !== EVERY_PLACE && !URL.test(glob)) return `\`${text}\` has no scheme, so its \`*\` could reach over the host: write \`url:https://HOST/PATH\`, or \`url:*://HOST/PATH\` for \`http\` too`;
  return hasUpperCase(kind, glob) ? `\`${text}\` can match nothing: places of kind \`${kind}\` are in lower case` : undefined;
};
