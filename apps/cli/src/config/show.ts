import type { Action } from '../command-context.js';
import { withKafka } from '../connection/kafka.js';
import { readRoot } from '../connection/root.js';
import { filesOf, readControlLog } from '../controls/control-log.js';
import { shortHash, who } from '../terminal/short.js';
import { viewOf } from '../terminal/view.js';
import { configText } from './config-text.js';

export const showConfig: Action = async (context) => {
  const root = readRoot(context);
  const { manifests, published, proposals, refused } = await withKafka(context, ({ broker, namespace }) => readControlLog(broker, namespace, root));
  const { terminal } = context;
  const view = viewOf(context);
  const active = manifests.at(-1);
  const files = filesOf(active, published);
  if (!active && !terminal.json) terminal.message(`no configuration is in force; \`${view.command('config apply DIR')}\` makes one so`);
  else
    terminal.result(
      () => configText(manifests, files, view),
      () => ({
        ...(active ? { version: active.version, hash: active.hash, at: active.at, by: active.by } : {}),
        files: files.map(({ kind, id, version, hash, path }) => ({ kind, id, version, hash, path })),
        versions: manifests.map(({ version, hash, at, by }) => ({ version, hash, at, by })),
        pending: proposals.map(({ version, hash, by, at, signers }) => ({ version, hash, at, by, signers, needed: root.quorum.admin })),
        refused,
      }),
    );
  for (const { version, hash, signers } of proposals) {
    const sign = view.command(`config sign ${shortHash(hash)}`);
    terminal.message(view.colors.yellow(`version ${version}, ${shortHash(hash)}, waits: signed by ${signers.map(who).join(', ')} of ${root.quorum.admin} admins; \`${sign}\` shows what it changes`));
  }
  if (refused.length > 0) terminal.message(view.colors.yellow(`${refused.length} records of the controls count for nobody; the last: ${refused.at(-1)?.message}`));
};
