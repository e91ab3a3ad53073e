import { loadRoot, type Root } from '@countersign/identity';
import type { CommandContext } from '../command-context.js';
import { CLIENT_VARIABLES, readSettings } from './settings.js';

/** Whose controls count; throws where the root file is not known or not as it must be. */
export const readRoot = (context: CommandContext): Root => {
  const settings = readSettings(context);
  const path = settings.path('rootFile', CLIENT_VARIABLES.rootFile);
  if (path === undefined) throw settings.missing('the root file', CLIENT_VARIABLES.rootFile);
  return loadRoot(path, settings.get('trustDomain', CLIENT_VARIABLES.trustDomain));
};
