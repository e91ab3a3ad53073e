import { join, resolve } from 'node:path';

export const WORKSPACE = resolve(import.meta.dirname, '../..');
/** The benchmark is not ours to publish: it lies beside the repository, where there is one. */
export const SUITES_FOLDER = join(WORKSPACE, '../shared/data/agentdojo');
export const SUITE_NAMES: readonly string[] = ['banking', 'workspace'];
