import { canonicalJson, type JsonObject, type Sha256 } from '@countersign/kernel';
import type { AgentContract, DocumentFault, Pinned, ToolContract } from '@countersign/domain';
import { compileSchema, type FaultsOf } from './json-schema.js';

/** More schemas than any installation has in force; older ones are compiled again when they are needed. */
const COMPILED_KEPT = 1_000;

/** Compiles each schema once. Keys are hashes of the files that hold them, so that an entry is never stale. */
class Compiled {
  private readonly known = new Map<Sha256, FaultsOf>();

  get(hash: Sha256, schema: JsonObject): FaultsOf {
    const known = this.known.get(hash);
    if (known) return known;
    const faultsOf = compileSchema(schema);
    if (this.known.size >= COMPILED_KEPT) this.known.clear();
    this.known.set(hash, faultsOf);
    return faultsOf;
  }
}

const inputs = new Compiled();
const args = new Compiled();
const results = new Compiled();

/** Faults of a task's data against the input schema of its agent contract. */
export const inputFaults = (contract: Pinned<AgentContract>, input: JsonObject): readonly DocumentFault[] => inputs.get(contract.hash, contract.document.input)(input);

/** Faults of arguments against the schema of a tool. */
export const argumentFaults = (tool: Pinned<ToolContract>, values: JsonObject): readonly DocumentFault[] => args.get(tool.hash, tool.document.args)(values);

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
