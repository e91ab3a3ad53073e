import { loadRoot, type Root } from '@countersign/identity';
import { resolve } from 'node:path';
import type { CommandContext } from '../command-context.js';
import { CLIENT_VARIABLES, readSettings } from './settings.js';

/** Whose controls count: the file that is named, or that of the stack here. Throws where it is not known or not as it must be. */
export const readRoot = (context: CommandContext, given?: string): Root => {
  if (given !== undefined) return loadRoot(resolve(context.cwd, given));
  const settings = readSettings(context);
  const path = settings.path('rootFile', CLIENT_VARIABLES.rootFile);
  if (path === undefined) throw settings.missing('the root file', CLIENT_VARIABLES.rootFile);
  return loadRoot(path, settings.get('trustDomain', CLIENT_VARIABLES.trustDomain));
};

/** That of the stack here; `undefined` where nobody has named one, as for an auditor. One that is named and cannot be read is a fault, and no way to check less. */
export const findRoot = (context: CommandContext): Root | undefined => (readSettings(context).path('rootFile', CLIENT_VARIABLES.rootFile) === undefined ? undefined : readRoot(context));
