import { join } from 'node:path';
import { WORKSPACE_ROOT } from '@countersign/stack';

/** Files of the workspace, by their path from its root. */
export const inWorkspace = (...path: readonly string[]): string => join(WORKSPACE_ROOT, ...path);

/** The command line as it is built: what is tested is what a person would run. */
export const CLI_MAIN = inWorkspace('apps/cli/dist/bundle/main.js');
