import { atPointer, pointerPart, type Json, type JsonObject } from '@countersign/kernel';

/** Values at a pointer in which `*` stands for every item of a list, or for what stands there alone; a list at its end is each of its items. What is absent or null is nothing. */
export const valuesAt = (args: Json, pointer: string): readonly Json[] => {
  const [head = '', ...rest] = pointer.split('/*');
  const found = atPointer(args, head);
  if (found === undefined || found === null) return [];
  if (rest.length > 0) return (Array.isArray(found) ? (found as readonly Json[]) : [found]).flatMap((item) => valuesAt(item, rest.join('/*')));
  return Array.isArray(found) ? (found as readonly Json[]).filter((item) => item !== null) : [found];
};

/** Every text in a value, apart from what is at one of the pointers. */
export const textsIn = (args: JsonObject, without: readonly string[]): readonly string[] => {
  const texts: string[] = [];
  const skipped = new Set(without.map((pointer) => pointer.replace(/(\/\*)+$/, '')));
  const walk = (here: Json, at: string): void => {
    if (skipped.has(at)) return;
    if (typeof here === 'string') texts.push(here);
    else if (Array.isArray(here)) for (const item of here as readonly Json[]) walk(item, `${at}/*`);
    else if (typeof here === 'object' && here !== null) {
      for (const [key, value] of Object.entries(here)) {
        // A key is text that leaves like any other.
        texts.push(key);
        walk(value, `${at}/${pointerPart(key)}`);
      }
    }
  };
  walk(args, '');
  return texts;
};
