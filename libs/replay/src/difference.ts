import type { Json } from '@countersign/kernel';

/** Where two values differ first, and what stands there; absent where nothing does. */
export interface Difference {
  /** JSON pointer. */
  readonly pointer: string;
  readonly original?: Json;
  readonly replayed?: Json;
}

const pointerPart = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');

const isContainer = (value: Json | undefined): value is Json & object => typeof value === 'object' && value !== null;

/** The first place, in the order of keys, at which two JSON values differ. */
export const firstDifference = (original: Json | undefined, replayed: Json | undefined, pointer = ''): Difference | undefined => {
  if (isContainer(original) && isContainer(replayed) && Array.isArray(original) === Array.isArray(replayed)) {
    const [one, other] = [original as Readonly<Record<string, Json>>, replayed as Readonly<Record<string, Json>>];
    for (const key of [...new Set([...Object.keys(one), ...Object.keys(other)])].toSorted()) {
      const found = firstDifference(one[key], other[key], `${pointer}/${pointerPart(key)}`);
      if (found) return found;
    }
    return undefined;
  }
  if (Object.is(original, replayed)) return undefined;
  return { pointer, ...(original !== undefined && { original }), ...(replayed !== undefined && { replayed }) };
};
