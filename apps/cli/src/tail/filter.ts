import type { Event } from '@countersign/contracts';

export interface TailFilter {
  readonly tenant?: string;
  /** An id or the start of one, with or without `run-`. */
  readonly run?: string;
  /** A type, `*` for anything: `approval.*`. */
  readonly type?: string;
}

const RUN_PREFIX = 'run-';
const TYPE_PREFIX = 'countersign.';

const typePattern = (glob: string): RegExp => {
  const full = glob.startsWith(TYPE_PREFIX) ? glob : `${TYPE_PREFIX}${glob}`;
  return new RegExp(`^${full.replaceAll(/[.*+?^${}()|[\]\\]/g, (character) => (character === '*' ? '.*' : `\\${character}`))}$`);
};

/** Whether an event is one that was asked for. */
export const matching = ({ tenant, run, type }: TailFilter): ((event: Event) => boolean) => {
  const pattern = type === undefined ? undefined : typePattern(type);
  const start = run === undefined || run.startsWith(RUN_PREFIX) ? run : `${RUN_PREFIX}${run}`;
  return (event) => (tenant === undefined || event.tenant === tenant) && (start === undefined || event.run?.startsWith(start) === true) && (pattern === undefined || pattern.test(event.type));
};
