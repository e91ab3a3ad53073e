import { policySetOf } from '@countersign/domain';
import { controlsOf, Evaluator } from '@countersign/evaluation';
import { CountersignError } from '@countersign/kernel';
import { CedarEngine, compilePolicySet } from '@countersign/policy-engines';
import type { CommandContext } from '../command-context.js';
import { loadFiles } from '../config/load-files.js';

/** Stands for the key `local`: nobody votes on what is only looked at. */
const NOBODY = { publicKey: 'A'.repeat(43) };

/** Decides under a folder of files, as if they, and no others, were in force. Throws `CONFIG_INVALID` with every fault of them. */
export const localPolicy = (context: CommandContext, dir: string | undefined): Evaluator => {
  const controls = controlsOf(loadFiles(context, dir, NOBODY).documents);
  const compilation = compilePolicySet(policySetOf(controls));
  if (!compilation.ok) throw new CountersignError('CONFIG_INVALID', compilation.faults.map(({ id, pointer, message }) => `${id} ${pointer}: ${message}`).join('\n'));
  return new Evaluator({ controls, policy: new CedarEngine().prepare(compilation.set) });
};
