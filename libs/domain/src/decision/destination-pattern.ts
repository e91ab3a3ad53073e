import { matchesGlob } from '@countersign/kernel';
import { DESTINATION_KINDS, type DestinationKind } from '../config/tool-contract.js';
import type { Destination } from './facts.js';

/** `email:*@example.com`: a kind, absent where any will do, and a glob over the normalised value. */
export interface DestinationPattern {
  readonly kind?: DestinationKind;
  readonly glob: string;
}

export const destinationPattern = (text: string): DestinationPattern => {
  const kind = DESTINATION_KINDS.find((each) => text.startsWith(`${each}:`));
  return kind === undefined ? { glob: text } : { kind, glob: text.slice(kind.length + 1) };
};

export const matchesDestination = ({ kind, glob }: DestinationPattern, destination: Pick<Destination, 'kind' | 'value'>): boolean =>
  (kind === undefined || kind === destination.kind) && matchesGlob(glob, destination.value);
