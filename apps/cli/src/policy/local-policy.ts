import { Evaluator } from '@countersign/evaluation';
import { CedarEngine } from '@countersign/policy-engines';
import type { CommandContext } from '../command-context.js';
import { DEFAULT_CONFIG_DIR } from '../config/load-files.js';
import { folderBook } from './rule-book.js';

/** Decides under a folder of files, as if they, and no others, were in force. Throws `CONFIG_INVALID` with every fault of them. */
export const localPolicy = (context: CommandContext, dir = DEFAULT_CONFIG_DIR): Evaluator => {
  const { controls, set } = folderBook(context, dir, 'policy eval --config DIR');
  return new Evaluator({ controls, policy: new CedarEngine().prepare(set) });
};
