import type { Random } from '../../support/random.ts';

/** What the ledger does for each checkpoint, in this order: what it stores, and what it tells the anchor on Kafka. */
export const STEPS = ['blob', 'bundle', 'tile', 'checkpoints/<size>', 'checkpoint', 'anchor'] as const;
export type Step = (typeof STEPS)[number];

/** `amid`: in the turn after it was begun, so that it may be done, half done, or not. */
export const MOMENTS = ['before', 'amid', 'after'] as const;
export type Moment = (typeof MOMENTS)[number];

/** Where a ledger dies. */
export interface Death {
  readonly step: Step;
  readonly moment: Moment;
  /** At which step of this kind since it started; from 1. */
  readonly nth: number;
}

/** The environment variable that tells a ledger of its death. */
export const DEATH_VARIABLE = 'DEATH';

export const encodeDeath = ({ step, moment, nth }: Death): string => [step, moment, nth].join(' ');

export const decodeDeath = (text: string | undefined): Death => {
  const [step, moment, nth] = text?.split(' ') ?? [];
  const found = { step: STEPS.find((each) => each === step), moment: MOMENTS.find((each) => each === moment), nth: Number(nth) };
  if (!found.step || !found.moment || !(found.nth > 0)) throw new Error(`\`${text ?? ''}\` is no death`);
  return { step: found.step, moment: found.moment, nth: found.nth };
};

/** Of which kind an object is; `undefined` for the description of the archive. */
export const stepOf = (path: string): Step | undefined => {
  if (path.startsWith('blobs/')) return 'blob';
  if (path.includes('/tile/entries/')) return 'bundle';
  if (path.includes('/tile/')) return 'tile';
  if (path.includes('/checkpoints/')) return 'checkpoints/<size>';
  return path.endsWith('/checkpoint') ? 'checkpoint' : undefined;
};

/** Each moment of each step in turn, at the first of its kind or some later one. */
export const deathsOf = (count: number, random: Random, moments: readonly Moment[] = MOMENTS): readonly Death[] => {
  const points = STEPS.flatMap((step) => moments.map((moment) => ({ step, moment })));
  return Array.from({ length: count }, (_, at) => ({ ...(points[at % points.length] ?? { step: 'bundle', moment: 'before' }), nth: random.between(1, 4) }));
};
