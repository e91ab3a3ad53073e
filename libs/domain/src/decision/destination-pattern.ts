import type { DestinationKind } from '@countersign/contracts';
import { matchesGlob } from '@countersign/kernel';
import type { Destination } from './facts.js';

/** The compiler sees that none is missing. */
const KINDS: Readonly<Record<DestinationKind, true>> = { email: true, host: true, url: true, channel: true, account: true, id: true };
const isKind = (text: string): text is DestinationKind => Object.hasOwn(KINDS, text);

/** `email:*@example.com`: a kind, absent where any will do, and a glob over the normalised value. */
export interface DestinationPattern {
  readonly kind?: DestinationKind;
  readonly glob: string;
}

export const destinationPattern = (text: string): DestinationPattern => {
  const [kind = ''] = text.split(':', 1);
  return text.includes(':') && isKind(kind) ? { kind, glob: text.slice(kind.length + 1) } : { glob: text };
};

const URL_GLOB = /^https?:\/\/([^/]*)(\/.*)?$/;

/** Host and path apart: `https://*.example.com/*` would match `https://evil.io/.example.com/` otherwise. */
const matchesUrl = (glob: string, value: string): boolean => {
  const [, host, path = '/'] = URL_GLOB.exec(glob) ?? [];
  const [, valueHost = '', valuePath = ''] = URL_GLOB.exec(value) ?? [];
  return host === undefined ? matchesGlob(glob, value) : matchesGlob(host, valueHost) && matchesGlob(path, valuePath);
};

export const matchesDestination = ({ kind, glob }: DestinationPattern, destination: Pick<Destination, 'kind' | 'value'>): boolean => {
  if (kind !== undefined && kind !== destination.kind) return false;
  return destination.kind === 'url' ? matchesUrl(glob, destination.value) : matchesGlob(glob, destination.value);
};
