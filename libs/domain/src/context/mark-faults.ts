import { isJsonObject, pointerPart, type Json, type JsonObject } from '@countersign/kernel';
import type { DocumentFault } from '../config/document.js';
import { HOLDS_LIST, HOLDS_NAMED, HOLDS_ONE, referred } from './schema-parts.js';

/** Their values are examples of values: a mark there is none. */
const DATA: readonly string[] = ['const', 'enum', 'default', 'examples'];
/** They lead elsewhere by a name, where nothing is followed. */
const BY_NAME: readonly string[] = ['$dynamicRef', '$recursiveRef'];
/** Marks, and what could lead to one. */
const MARKING: readonly string[] = ['x-trust', 'x-class', '$ref', ...BY_NAME];

const holdsMark = (value: Json): boolean => {
  if (Array.isArray(value)) return (value as readonly Json[]).some(holdsMark);
  return isJsonObject(value) && Object.entries(value).some(([key, inner]) => MARKING.includes(key) || holdsMark(inner));
};

/** A mark that policy would not find, or a reference that it cannot follow, is a fault of the schema: it would guard nothing. */
export const markFaults = (root: JsonObject, pointer: string): readonly DocumentFault[] => {
  const faults: DocumentFault[] = [];
  const read = (schema: Json, at: string): void => {
    if (!isJsonObject(schema)) return;
    for (const [keyword, value] of Object.entries(schema)) {
      const here = `${at}/${pointerPart(keyword)}`;
      if (HOLDS_ONE.includes(keyword)) read(value, here);
      else if (HOLDS_LIST.includes(keyword) && Array.isArray(value)) for (const [index, part] of (value as readonly Json[]).entries()) read(part, `${here}/${index}`);
      else if (HOLDS_NAMED.includes(keyword) && isJsonObject(value)) for (const [name, part] of Object.entries(value)) read(part, `${here}/${pointerPart(name)}`);
      else if (keyword === '$ref' && referred(root, value) === undefined) faults.push({ pointer: here, message: 'names no schema of this file: a reference is `#/` and a path in this schema' });
      else if (BY_NAME.includes(keyword) || (keyword === '$id' && schema !== root)) faults.push({ pointer: here, message: `\`${keyword}\` is not followed by whoever reads \`x-trust\` and \`x-class\`: use \`$ref\` with \`#/\` and a path` });
      else if (!DATA.includes(keyword) && holdsMark(value)) faults.push({ pointer: here, message: `nobody looks for \`x-trust\` and \`x-class\` under \`${keyword}\`: no mark and no reference can be there` });
    }
  };
  read(root, pointer);
  return faults;
};
