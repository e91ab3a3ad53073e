import { policySetOf, type AnnouncedKey, type ControlState } from '@countersign/domain';
import { CountersignError, type KeyId } from '@countersign/kernel';
import { CedarEngine, compilePolicySet, type CompiledSet, type PreparedPolicy } from '@countersign/policy-engines';
import type { CommandContext } from '../command-context.js';
import { checkFolder, NOBODYS_KEY, requireFiles } from '../config/load-files.js';
import { controlsInForce } from '../controls/in-force.js';
import { controlsFrom } from '../preview/local-controls.js';

/** A configuration, and the policy set that it compiles to. */
export interface RuleBook {
  /** As a person knows it: a folder, or `in force`. */
  readonly name: string;
  readonly controls: ControlState;
  readonly set: CompiledSet;
}

/** Policy grants to an executor only. A folder of files names none, so one stands in; it signs nothing. */
const STAND_IN: AnnouncedKey = { key: '0'.repeat(16) as KeyId, service: 'executor', publicKey: NOBODYS_KEY, announced: 0 };

/** Throws `CONFIG_INVALID` where the set does not compile. */
export const bookOf = (name: string, controls: ControlState): RuleBook => {
  const compilation = compilePolicySet(policySetOf(controls));
  if (compilation.ok) return { name, controls, set: compilation.set };
  const faults = compilation.faults.map(({ id, pointer, message }) => `${id} ${pointer}: ${message}`);
  throw new CountersignError('CONFIG_INVALID', `the policy set of \`${name}\` cannot be put in force, so everything is denied\n${faults.join('\n')}`);
};

/** The configuration of a folder, as if it were in force. Throws `CONFIG_INVALID` with every fault of its files. */
export const folderBook = (context: CommandContext, dir: string): RuleBook => {
  const controls = controlsFrom(requireFiles(checkFolder(context, dir, NOBODYS_KEY)), context.clock.now());
  return bookOf(dir, { ...controls, keys: new Map([[STAND_IN.key, STAND_IN]]) });
};

/** What is in force on the stack. Throws `CONFIG_UNAVAILABLE` where that is nothing. */
export const inForceBook = async (context: CommandContext, otherwise: string): Promise<RuleBook> => bookOf('what is in force', await controlsInForce(context, otherwise));

/** Works with the set in an engine, and frees it. */
export const withPolicy = <Result>(set: CompiledSet, work: (policy: PreparedPolicy) => Result): Result => {
  const policy = new CedarEngine().prepare(set);
  try {
    return work(policy);
  } finally {
    policy.release();
  }
};
