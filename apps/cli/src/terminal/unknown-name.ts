import { CountersignError, nearest } from '@countersign/kernel';

/** What to throw for a name that is none of those there are (`where`, if that has to be said): the one that was probably meant, else all of them. */
export const unknownName = (kind: string, name: string, known: readonly string[], where?: string): CountersignError => {
  const near = nearest(name, known);
  return new CountersignError('USAGE', `there is no ${kind} \`${name}\`${where === undefined ? '' : ` ${where}`}`, { hint: near === undefined ? `one of ${known.join(', ')}` : `did you mean \`${near}\`?` });
};
