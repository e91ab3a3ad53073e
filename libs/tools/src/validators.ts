import { canonicalJson, type JsonObject, type Sha256 } from '@countersign/kernel';
import { clearAt, mayHaveToBeSealed, type AgentContract, type DocumentFault, type Pinned, type ToolContract } from '@countersign/domain';
import { compileSchema, NOT_SEALED, schemaOfForm, type FaultsOf, type Sealing } from './json-schema.js';

/** More schemas than any installation has in force; older ones are compiled again when they are needed. */
const COMPILED_KEPT = 1_000;

/** A value may be valid by one branch of a schema and marked by another: what any of them marks is never in clear. */
const sealedFaults =
  (schema: JsonObject, compiled: FaultsOf): FaultsOf =>
  (values) => {
    const found = compiled(values);
    return found.length > 0 ? found : clearAt(schema, values as JsonObject).map((pointer) => ({ pointer, message: NOT_SEALED }));
  };

/** Compiles each schema once, for values of one form. Keys are hashes of the files that hold them, so that an entry is never stale. */
class Compiled {
  private readonly known = new Map<Sha256, FaultsOf>();

  constructor(private readonly form: Sealing) {}

  get(hash: Sha256, schema: JsonObject): FaultsOf {
    const known = this.known.get(hash);
    if (known) return known;
    const compiled = compileSchema(schemaOfForm(schema, this.form));
    const faultsOf = this.form === 'sealed' && mayHaveToBeSealed(schema) ? sealedFaults(schema, compiled) : compiled;
    if (this.known.size >= COMPILED_KEPT) this.known.clear();
    this.known.set(hash, faultsOf);
    return faultsOf;
  }
}

const byForm = (): Readonly<Record<Sealing, Compiled>> => ({ opened: new Compiled('opened'), sealed: new Compiled('sealed'), either: new Compiled('either') });

const inputs = byForm();
const args = byForm();
const results = new Compiled('opened');

/** Faults of a task's data against the input schema of its agent contract. */
export const inputFaults = (contract: Pinned<AgentContract>, input: JsonObject): readonly DocumentFault[] => inputs.sealed.get(contract.hash, contract.document.input)(input);

/** Faults of arguments against the schema of a tool. */
export const argumentFaults = (tool: Pinned<ToolContract>, values: JsonObject): readonly DocumentFault[] => args.sealed.get(tool.hash, tool.document.args)(values);

/** The same of what people have written down themselves, such as a case of a test: it may be sealed, and need not be. */
export const writtenInputFaults = (contract: Pinned<AgentContract>, input: JsonObject): readonly DocumentFault[] => inputs.either.get(contract.hash, contract.document.input)(input);
export const writtenArgumentFaults = (tool: Pinned<ToolContract>, values: JsonObject): readonly DocumentFault[] => args.either.get(tool.hash, tool.document.args)(values);

/** The same of arguments that the executor has opened: what was sealed is held against the schema here for the first time. */
export const openedArgumentFaults = (tool: Pinned<ToolContract>, values: JsonObject): readonly DocumentFault[] => args.opened.get(tool.hash, tool.document.args)(values);

/** Faults of a result against the schema of a tool, and what no event could carry: an outside system may send half a character. */
export const resultFaults = (tool: Pinned<ToolContract>, result: unknown): readonly DocumentFault[] => {
  const faults = results.get(tool.hash, tool.document.result)(result);
  return faults.length > 0 || hasJsonForm(result) ? faults : [{ pointer: '', message: 'has no JSON form' }];
};

const hasJsonForm = (value: unknown): boolean => {
  try {
    canonicalJson(value);
    return true;
  } catch {
    return false;
  }
};
