import { openStore, tidy } from '@countersign/archive';
import { DEFAULT_NAMESPACE } from '@countersign/contracts';
import { KAFKA_VARIABLES } from '@countersign/service/client';
import type { Action } from '../command-context.js';
import { readSettings } from '../connection/settings.js';
import { EXIT } from '../exit-codes.js';
import { archiveUrl } from './archive-settings.js';

interface TidyCommand {
  readonly namespace?: string;
  readonly dryRun?: boolean;
}

/** Removes what the ledger leaves, and may not remove, since it was locked. Exit code 8 where something there is not as it was written. */
export const tidyArchive: Action<TidyCommand> = async (context, { args: [given], options: { namespace: named, dryRun: isDry = false } }) => {
  const url = archiveUrl(context, given);
  const namespace = named ?? readSettings(context).get('namespace', KAFKA_VARIABLES['namespace'] ?? '') ?? DEFAULT_NAMESPACE;
  const { terminal } = context;
  const store = await openStore(url);
  try {
    const found = await tidy({ store, namespace, isDry, onRemoved: (removed) => terminal.progress(`${removed.toLocaleString('en')} partial objects`) });
    terminal.progress('');
    const { removed, locked, differing } = found;
    terminal.result(
      () => [`${removed.toLocaleString('en')} partial objects ${isDry ? 'to be removed, unless they are locked' : 'removed'}; ${locked.toLocaleString('en')} are locked, or not for this key to remove`, ...differing.map((path) => `  kept, since it is not how its whole one begins: ${path}`)].join('\n'),
      () => ({ archive: url, namespace, dryRun: isDry, ...found }),
    );
    return differing.length === 0 ? EXIT.ok : EXIT.integrity;
  } finally {
    store.close();
  }
};
