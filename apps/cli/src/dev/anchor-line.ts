import { CLIENT_VARIABLES, readSettings } from '../connection/settings.js';

/** The key by which anybody verifies the archive of the stack of this folder, whatever archive the environment names. */
export const anchorLines = (dataDir: string): readonly string[] => {
  const key = readSettings({ dataDir, env: {} }).get('archive.anchor', CLIENT_VARIABLES.archiveAnchor);
  return key === undefined ? [] : [`  key of the archive's anchor, for everybody: ${key}`];
};
