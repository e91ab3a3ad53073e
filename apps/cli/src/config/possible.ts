import { filesOfConfiguration, widenings, wideningText, type ConfigurationFiles, type Documents, type Pinned, type Widening } from '@countersign/domain';
import type { ConfigKind } from '@countersign/contracts';
import { CountersignError } from '@countersign/kernel';
import { readDocument } from '@countersign/tools';
import type { ControlLog } from '../controls/control-log.js';
import { oneLine } from '../terminal/safe-text.js';
import type { View } from '../terminal/view.js';
import type { VersionedFile } from './config-file.js';

/** Files as they are published, read as every service reads them. */
export const documentsOf = (files: readonly VersionedFile[]): ConfigurationFiles => {
  const of = <Kind extends ConfigKind>(kind: Kind): Pinned<Documents[Kind]>[] =>
    files
      .filter((file) => file.kind === kind)
      .map(({ id, version, hash, body }) => {
        const reading = readDocument(kind, body);
        if ('faults' in reading) throw new CountersignError('CONFIG_INVALID', `${kind} \`${id}\` cannot be read: ${reading.faults[0]?.message ?? ''}`);
        return { id, version, hash, document: reading.document };
      });
  return { contracts: of('contract'), tools: of('tool'), playbooks: of('playbook'), policies: of('policy'), approvers: of('approvers'), tenants: of('tenant'), webhooks: of('webhook') };
};

/** Which calls become possible once these files are in force, as every service finds out for itself. */
export const possibleWith = ({ state }: ControlLog, files: readonly VersionedFile[]): readonly Widening[] => widenings(state.active && filesOfConfiguration(state.active), documentsOf(files));

/** One line for each, and nothing where there is none. */
export const possibleText = (possible: readonly Widening[], { colors }: View): string =>
  possible.length === 0 ? colors.dim('nothing becomes possible that was not') : ['becomes possible:', ...possible.map((widening) => `  ${colors.yellow('!')} ${oneLine(wideningText(widening))}`)].join('\n');

/** The same for programs. */
export const possibleObject = (possible: readonly Widening[]): object => ({ possible: possible.map((widening) => ({ ...widening, text: wideningText(widening) })) });
