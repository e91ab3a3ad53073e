import { NO_STOPS, policySetOf, type ControlState } from '@countersign/domain';
import { controlsOf } from '@countersign/evaluation';
import { CountersignError } from '@countersign/kernel';
import { compilePolicySet, DEFAULT_ENGINE, engineOf, type CompiledSet, type EngineName, type PreparedPolicy } from '@countersign/policy-engines';
import type { CommandContext } from '../command-context.js';
import { checkFolder, NOBODYS_KEY, requireFiles } from '../config/load-files.js';
import { controlsInForce } from '../controls/in-force.js';

/** A configuration, and the policy set that it compiles to. */
export interface RuleBook {
  /** As a person knows it: a folder, or `in force`. */
  readonly name: string;
  readonly controls: ControlState;
  readonly set: CompiledSet;
}

/** Throws `CONFIG_INVALID` where the set does not compile. */
export const bookOf = (name: string, controls: ControlState): RuleBook => {
  const compilation = compilePolicySet(policySetOf(controls));
  if (compilation.ok) return { name, controls, set: compilation.set };
  const faults = compilation.faults.map(({ id, pointer, message }) => `${id} ${pointer}: ${message}`);
  throw new CountersignError('CONFIG_INVALID', `the policy set of \`${name}\` cannot be put in force, so everything is denied\n${faults.join('\n')}`);
};

/** The configuration of a folder, as if it were in force; `usage` is the command with `DIR` in the place of the folder. Throws `CONFIG_INVALID` with every fault of its files. */
export const folderBook = (context: CommandContext, dir: string, usage?: string): RuleBook => bookOf(dir, controlsOf(requireFiles(checkFolder(context, dir, NOBODYS_KEY, usage)).documents));

/** What is in force, whatever is stopped for now: a call that waits has nothing that could be decided. */
export const bookInForce = (controls: ControlState): RuleBook => bookOf('what is in force', { ...controls, stops: NO_STOPS });

/** What is in force on the stack. Throws `CONFIG_UNAVAILABLE` where that is nothing. */
export const inForceBook = async (context: CommandContext, otherwise: string): Promise<RuleBook> => bookInForce(await controlsInForce(context, otherwise));

/** Works with the set in an engine, and frees it. */
export const withPolicy = <Result>(set: CompiledSet, work: (policy: PreparedPolicy) => Result, engine: EngineName = DEFAULT_ENGINE): Result => {
  const policy = engineOf(engine).prepare(set);
  try {
    return work(policy);
  } finally {
    policy.release();
  }
};
