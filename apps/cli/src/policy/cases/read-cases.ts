import type { DocumentFault, Verdict } from '@countersign/domain';
import type { JsonObject } from '@countersign/kernel';
import { compileSchema, findFiles, readYamlFile, TESTS_FOLDER, type FaultsOf, type FileFault, type YamlFile } from '@countersign/tools';
import { CALL_KEYS, closed, listOf, SHARED_KEYS, type Call } from '../call.js';
import { EFFECTS } from '../verdict-text.js';

/** What a case wants of the verdict; what is not stated may be anything. */
export interface Expectation {
  readonly expect: Verdict['effect'];
  /** All rules and permits that the verdict rests on. */
  readonly rules?: readonly string[];
  /** All codes of its reasons. */
  readonly codes?: readonly string[];
  /** Of a question to people. */
  readonly tier?: number;
  readonly quorum?: number;
  readonly roles?: readonly string[];
}

export interface Case extends Call, Expectation {
  readonly name: string;
}

/** A case, and where it stands. */
export interface PlacedCase {
  readonly path: string;
  readonly case: Case;
  /** Place in the file of a pointer into the case. */
  readonly locate: YamlFile['locate'];
}

export interface ReadCases {
  readonly cases: readonly PlacedCase[];
  readonly faults: readonly FileFault[];
}

type Shared = Pick<Call, 'tenant' | 'workflow' | 'task' | 'at'>;
interface CaseFile extends Shared {
  readonly cases: readonly Case[];
}

const word: JsonObject = { type: 'string', minLength: 1, maxLength: 200 };
const count: JsonObject = { type: 'integer', minimum: 0 };
const words: JsonObject = { ...listOf(word), uniqueItems: true };

const FILE_SHAPE = closed(
  { ...SHARED_KEYS, cases: { ...listOf(closed({ name: word, ...CALL_KEYS, expect: { enum: [...EFFECTS] }, rules: words, codes: words, tier: count, quorum: count, roles: words }, ['name', 'tool', 'expect'])), minItems: 1 } },
  ['cases'],
);

let shape: FaultsOf | undefined;

const doubles = ({ cases }: CaseFile): readonly DocumentFault[] => {
  const names = new Set<string>();
  return cases.flatMap(({ name }, index) => (names.size === names.add(name).size ? [{ pointer: `/cases/${index}/name`, message: 'another case of the file has this name' }] : []));
};

const placedCases = ({ path, locate }: YamlFile, { cases, ...shared }: CaseFile): readonly PlacedCase[] =>
  cases.map((each, index) => ({ path, case: { ...shared, ...each }, locate: (pointer) => locate(`/cases/${index}${pointer}`) }));

/** Reads every file of cases of a configuration folder. Nothing is thrown for what is in them. */
export const readCases = (folder: string): ReadCases => {
  const cases: PlacedCase[] = [];
  const faults: FileFault[] = [];
  for (const name of findFiles(folder).files.filter((each) => each.startsWith(`${TESTS_FOLDER}/`))) {
    const { file, faults: broken } = readYamlFile(folder, name);
    faults.push(...broken);
    if (!file) continue;
    shape ??= compileSchema(FILE_SHAPE);
    const wrong = shape(file.body);
    // The cast rests on the shape.
    const content = file.body as unknown as CaseFile;
    const found = wrong.length > 0 ? wrong : doubles(content);
    faults.push(...found.map(({ pointer, message }) => ({ path: name, ...file.locate(pointer), message: `${pointer}: ${message}` })));
    if (found.length === 0) cases.push(...placedCases(file, content));
  }
  return { cases, faults };
};
