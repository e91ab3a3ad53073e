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

export const matchesDestination = ({ kind, glob }: DestinationPattern, destination: Pick<Destination, 'kind' | 'value'>): boolean =>
  (kind === undefined || kind === destination.kind) && matchesGlob(glob, destination.value);
