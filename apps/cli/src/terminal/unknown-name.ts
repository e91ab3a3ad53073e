import { CountersignError, nearest } from '@countersign/kernel';

/** What to throw for a name that is none of those there are: the one that was probably meant, else all of them. */
export const unknownName = (kind: string, name: string, known: readonly string[]): CountersignError => {
  const near = nearest(name, known);
  return new CountersignError('USAGE', `there is no ${kind} \`${name}\``, { hint: near === undefined ? `one of ${known.join(', ')}` : `did you mean \`${near}\`?` });
};
