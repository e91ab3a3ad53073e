import { CountersignError } from '@countersign/kernel';

/** More candidates than these help nobody to choose. */
const CANDIDATES_SHOWN = 10;

interface Search<Found> {
  /** `run`, `approval`, ... */
  readonly kind: string;
  /** What a person typed: an id or the start of one. */
  readonly typed: string;
  /** Everything whose id starts so; a few suffice. */
  readonly found: readonly Found[];
  /** One candidate in the list of an ambiguous start. */
  readonly describe: (found: Found) => string;
  /** Where the ids can be looked up. */
  readonly hint: string;
}

/** The one thing whose id a person means. Throws `NOT_FOUND`, and `USAGE` with the candidates where there are several. */
export const theOne = <Found extends { readonly id: string }>({ kind, typed, found, describe, hint }: Search<Found>): Found => {
  const exact = found.find(({ id }) => id === typed);
  if (exact) return exact;
  const [only, second] = found;
  if (!only) throw new CountersignError('NOT_FOUND', `there is no ${kind} \`${typed}\``, { hint });
  if (!second) return only;
  const shown = found.slice(0, CANDIDATES_SHOWN).map((each) => `\n    ${describe(each)}`);
  const more = found.length > CANDIDATES_SHOWN ? '\n    ...' : '';
  throw new CountersignError('USAGE', `\`${typed}\` is the start of several ${kind}s:${shown.join('')}${more}`, { hint: 'type a few characters more' });
};

/** Asked for at most, to tell one from several and to name the several. */
export const PREFIX_LIMIT = String(CANDIDATES_SHOWN + 1);
