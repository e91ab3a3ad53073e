import type { Root } from '@countersign/identity';
import { CountersignError, type Sha256 } from '@countersign/kernel';
import type { CommandContext } from '../command-context.js';
import type { ControlLog } from '../controls/control-log.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { shortHash, who } from '../terminal/short.js';
import { viewOf } from '../terminal/view.js';

interface Published {
  readonly root: Root;
  /** The controls as they are now. */
  readonly after: ControlLog;
  readonly version: number;
  readonly hash: Sha256;
  /** What was in force before. */
  readonly previous: number | undefined;
}

/** Says what became of a manifest that was published or signed; throws `CONFIG_INVALID` where it neither is in force nor waits. */
export const tellStanding = (context: CommandContext, { root, after, version, hash, previous }: Published, more: object): ExitCode => {
  const { terminal } = context;
  const view = viewOf(context);
  const inForce = after.manifests.at(-1);
  if (inForce?.hash === hash && inForce.version === version) {
    terminal.result(
      () => `${view.colors.green('in force')}: version ${version}, ${shortHash(hash)}, ${inForce.files.length} files`,
      () => ({ applied: true, pending: false, version, hash, ...more }),
    );
    if (previous !== undefined) terminal.message(view.colors.dim(`back with \`${view.command(`config rollback ${previous}`)}\``));
    return EXIT.ok;
  }
  const proposal = after.proposals.findLast((each) => each.hash === hash && each.version === version);
  if (!proposal) {
    const why = after.refused.at(-1)?.message ?? 'somebody else changed the configuration at the same time';
    throw new CountersignError('CONFIG_INVALID', `version ${version} was published and is not in force: ${why}`, { hint: `\`${view.command('config show')}\` shows what is` });
  }
  const { signers } = proposal;
  terminal.result(
    () => `${view.colors.yellow('waits')}: version ${version}, ${shortHash(hash)}, is signed by ${signers.map(who).join(', ')}, and takes ${root.quorum.admin} admins; what is in force stays`,
    () => ({ applied: false, pending: true, version, hash, signers, needed: root.quorum.admin, ...more }),
  );
  terminal.message(view.colors.dim(`another admin signs it with \`${view.command(`config sign ${shortHash(hash)}`)}\``));
  return EXIT.pending;
};
