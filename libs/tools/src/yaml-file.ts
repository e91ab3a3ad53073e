import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, visit, type Document } from 'yaml';
import { canonicalJson, isExactNumber, isJsonObject, messageOf, pointerNames, type JsonObject } from '@countersign/kernel';
import { readConfigFile, type EntryFault } from './config-folder.js';

/** A place in a file that is not as it must be; lines and columns start at 1. */
export interface FileFault {
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** A YAML file that holds one map. */
export interface YamlFile {
  /** Below the folder. */
  readonly path: string;
  /** As it is written. */
  readonly text: string;
  readonly body: JsonObject;
  /** The place in the file of a pointer into `body`. */
  readonly locate: (pointer: string) => { readonly line: number; readonly column: number };
}

/** What is wrong with a file as a whole has no place in it. */
export const whole = ({ path: file, message }: EntryFault): FileFault => ({ path: file, line: 1, column: 1, message });

const rangeOf = (node: unknown): readonly number[] | undefined => (isNode(node) ? (node.range ?? undefined) : undefined);

/** Where a key stands, or an item of a list. */
const find = (document: Document, parts: readonly string[]): readonly number[] | undefined => {
  const last = parts.at(-1);
  if (last === undefined) return rangeOf(document.contents);
  const parent: unknown = document.getIn(parts.slice(0, -1), true);
  if (isMap(parent)) return rangeOf(parent.items.find(({ key }) => isScalar(key) && String(key.value) === last)?.key);
  return isSeq(parent) ? rangeOf(parent.items[Number(last)]) : undefined;
};

/** The place of a pointer, or of the nearest thing around it: what is missing has no place of its own. */
const locator = (document: Document, lines: LineCounter) => (pointer: string): { line: number; column: number } => {
  for (let parts = pointerNames(pointer); ; parts = parts.slice(0, -1)) {
    const [start] = find(document, parts) ?? [];
    if (start !== undefined) {
      const { line, col } = lines.linePos(start);
      return { line, column: col };
    }
    if (parts.length === 0) return { line: 1, column: 1 };
  }
};

/** Faults of integers that no JSON number holds; hexadecimal and octal ones are integers too. */
const roundedIn = (document: Document, lines: LineCounter, file: string): FileFault[] => {
  const faults: FileFault[] = [];
  visit(document, {
    Scalar(_key, { value, source, range }) {
      if (typeof value !== 'number' || source === undefined || !Number.isFinite(value) || Number.isSafeInteger(value)) return;
      if (/^0[ox]/.test(source) ? BigInt(value) === BigInt(source) : isExactNumber(source)) return;
      const { line, col } = lines.linePos(range?.[0] ?? 0);
      faults.push({ path: file, line, column: col, message: `\`${source.slice(0, 40)}\` is an integer that a JSON number does not hold` });
    },
  });
  return faults;
};

/** YAML can say what JSON cannot (`.nan`, sets, aliases of themselves): a message then, or the map that the file holds. */
const jsonOf = (document: Document): JsonObject | string => {
  try {
    const written: unknown = document.toJS({ maxAliasCount: 100 });
    if (!isJsonObject(written)) return 'must be a map of keys and values';
    canonicalJson(written);
    return written;
  } catch (cause) {
    return `cannot be written as JSON: ${messageOf(cause)}`;
  }
};

/** What is wrong with the YAML of a file, and the file itself where that leaves a map that more may be wrong with. */
export interface YamlReading {
  readonly file?: YamlFile;
  readonly faults: readonly FileFault[];
}

/** Reads a file that `findFiles` gave. Nothing is thrown for what is in it. */
export const readYamlFile = (folder: string, file: string): YamlReading => {
  const reading = readConfigFile(folder, file);
  if ('fault' in reading) return { faults: [whole(reading.fault)] };
  const { text } = reading;
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, stringKeys: true, version: '1.2', merge: true });
  const problems = [...document.errors, ...document.warnings];
  const faults = [
    ...problems.map((error) => ({ path: file, line: error.linePos?.[0].line ?? 1, column: error.linePos?.[0].col ?? 1, message: error.message.split(' at line ')[0] ?? error.message })),
    ...roundedIn(document, lines, file),
  ];
  // After other errors nobody knows what is meant by the rest.
  if (document.errors.some(({ code }) => code !== 'DUPLICATE_KEY')) return { faults };
  const body = jsonOf(document);
  return typeof body === 'string' ? { faults: [...faults, whole({ path: file, message: body })] } : { file: { path: file, text, body, locate: locator(document, lines) }, faults };
};
