import type { Manifest } from '../controls/control-log.js';
import { oneLine } from '../terminal/safe-text.js';
import { shortHash, who } from '../terminal/short.js';
import { table } from '../terminal/table.js';
import type { View } from '../terminal/view.js';
import { relative } from '../terminal/when.js';
import { KIND_TITLES, type VersionedFile } from './config-file.js';

/** Older ones are there, and seldom what somebody looks for. */
const VERSIONS_SHOWN = 10;

/** What is in force, and the versions before it, newest first. */
export const configText = (manifests: readonly Manifest[], files: readonly VersionedFile[], { colors, now, width }: View): string => {
  const active = manifests.at(-1);
  const bold = (titles: readonly string[]): string[] => titles.map((title) => colors.bold(title));
  const head = active ? `${colors.bold(`version ${active.version}`)}, ${shortHash(active.hash)}, by ${who(active.by)}, ${relative(active.at, now)}` : 'nothing is in force';
  const shown = table(
    bold(['KIND', 'ID', 'VERSION', 'HASH', 'FILE']),
    files.map((file) => [KIND_TITLES[file.kind], oneLine(file.id), `v${file.version}`, shortHash(file.hash), oneLine(file.path)]),
    width,
  );
  const before = manifests.slice(0, -1).toReversed().slice(0, VERSIONS_SHOWN);
  const history = table(
    bold(['BEFORE', 'HASH', 'BY', 'WHEN']),
    before.map((manifest) => [`version ${manifest.version}`, shortHash(manifest.hash), who(manifest.by), relative(manifest.at, now)]),
    width,
  );
  return [head, shown, ...(before.length > 0 ? [history] : [])].join('\n\n');
};
