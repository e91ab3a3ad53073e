import { stackDown } from '@countersign/stack';
import type { Action } from '../command-context.js';

const SAID = {
  running: 'the stack is stopped; its data stay',
  killed: 'the stack had been killed; what it left running is stopped, its data stay',
  stopped: 'no stack runs here',
} as const;

export const down: Action = async ({ terminal, dataDir }) => {
  terminal.progress('stopping ...');
  const { was, stopped } = await stackDown(dataDir);
  terminal.result(
    () => SAID[was],
    () => ({ was, stopped, dataDir }),
  );
};
