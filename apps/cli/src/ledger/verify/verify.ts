import { auditArchive, type Anchor, type Audit, type AuditOptions } from '@countersign/audit';
import { TlogFault } from '@countersign/tlog';
import type { Action, CommandContext } from '../../command-context.js';
import { findRoot, readRoot } from '../../connection/root.js';
import { EXIT } from '../../exit-codes.js';
import { Fault, Interrupted } from '../../terminal/failure.js';
import { unknownName } from '../../terminal/unknown-name.js';
import { viewOf } from '../../terminal/view.js';
import { descriptionOf, openArchive, readTrust, type ArchiveOptions, type OpenArchive } from '../archive-settings.js';
import { openLedger } from '../ledger-client.js';
import { auditText } from './audit-text.js';
import { evidenceIn, verifyEvidence, type Evidence } from './evidence.js';
import { ArchivedRecords, type ComparedRows } from './read-model.js';
import { CountersignError } from '@countersign/kernel';
import type { Root } from '@countersign/identity';

interface VerifyOptions extends ArchiveOptions {
  readonly root?: string;
  readonly topic?: readonly string[];
  readonly readModel?: boolean;
}

/** Progress is worth a line this often. */
const TELL_EVERY = 1_000;

/** Nothing would be checked of a topic without a log. Where the anchor is not intact, what it tells of is no measure. */
const requireLogsOf = (topics: readonly string[], { logs, faults }: Pick<Anchor, 'logs' | 'faults'>): void => {
  const known = [...new Set(logs.map(({ topic }) => topic))].toSorted();
  const unknown = topics.find((topic) => !known.includes(topic));
  if (unknown !== undefined && faults.length === 0) throw unknownName('topic', unknown, known, 'in the archive');
};

/** Reads and checks a whole archive. */
export const auditOf = async (context: CommandContext, archive: OpenArchive, root: Root | undefined, topics?: readonly string[], onChecked?: AuditOptions['onChecked']): Promise<Audit> => {
  const { terminal, signal } = context;
  const { partitions } = await descriptionOf(archive);
  const began = performance.now();
  try {
    return await auditArchive({
      ...archive,
      partitions,
      ...(root ? { root } : {}),
      ...(topics ? { topics: new Set(topics), onAnchor: (anchor: Anchor) => requireLogsOf(topics, anchor) } : {}),
      ...(onChecked ? { onChecked } : {}),
      onProgress: (events) => {
        if (signal.aborted) throw new Interrupted();
        if (events % TELL_EVERY === 0) terminal.progress(`${events.toLocaleString('en')} records verified, ${Math.round(events / ((performance.now() - began) / 1000)).toLocaleString('en')}/s`);
      },
    });
  } catch (fault) {
    if (fault instanceof TlogFault) throw new Fault(EXIT.integrity, 'ARCHIVE_INVALID', fault.message, { hint: 'the anchor is not signed by whom you ask for: check `--anchor` and `--witness`', cause: fault });
    throw fault;
  } finally {
    terminal.progress('');
  }
};

const rowsText = ({ faults: [first, ...more], notArchived }: ComparedRows): string => {
  const left = notArchived > 0 ? `; ${notArchived.toLocaleString('en')} rows are of what is not in the archive (yet), and are not looked at` : '';
  if (!first) return `the read model has the same events${left}`;
  const where = first.run === undefined || first.run === first.place ? first.place : `${first.place} of ${first.run}`;
  return `the read model has other rows: ${where}: ${first.message}${more.length > 0 ? `, and ${more.length} more` : ''}; \`ledger rebuild\` makes it anew${left}`;
};

/** Holds the rows of the ledger here against what was audited. */
const compareRows = (context: CommandContext, archived: ArchivedRecords, { logs }: Audit): Promise<ComparedRows> =>
  archived.faultsOf(openLedger(context), logs, (done) => {
    if (context.signal.aborted) throw new Interrupted();
    if (done % TELL_EVERY === 0) context.terminal.progress(`the rows of ${done.toLocaleString('en')} runs compared`);
  });

/** Whose controls count for evidence: it may be of others, so the people of the stack here are asked for what is of its anchor alone. Throws `USAGE` for what is for archives. */
const rootOfEvidence = (context: CommandContext, { kind }: Evidence, { root, anchor, topic, readModel }: VerifyOptions): Root | undefined => {
  if (topic || readModel) throw new CountersignError('USAGE', `a ${kind} is verified whole, and by itself`, { hint: '`--topic` and `--read-model` are for archives' });
  if (kind === 'proof' && root !== undefined) throw new CountersignError('USAGE', 'a proof has one record and no controls: who has signed it cannot be told from it', { hint: '`countersign ledger export` makes a pack, which has them' });
  if (root !== undefined) return readRoot(context, root);
  return kind === 'pack' && anchor === undefined ? findRoot(context) : undefined;
};

/** Exit code 8 where anything is not as it was signed. */
export const verifyArchive: Action<VerifyOptions> = async (context, { args: [given], options }) => {
  const evidence = evidenceIn(context, given);
  if (evidence) return verifyEvidence(context, evidence, readTrust(context, options), rootOfEvidence(context, evidence, options));
  const archive = await openArchive(context, given, options);
  const root = options.root === undefined ? findRoot(context) : readRoot(context, options.root);
  if (options.readModel && !root) throw new CountersignError('USAGE', 'which events count is told by whose controls do: `--read-model` needs the public keys of the people', { hint: '`--root FILE`' });
  if (options.readModel && options.topic) throw new CountersignError('USAGE', 'rows are held against the whole archive: `--read-model` takes no `--topic`');
  const archived = options.readModel ? new ArchivedRecords() : undefined;
  const audit = await auditOf(context, archive, root, options.topic, archived && ((_log, checked) => archived.take(checked)));
  const rows = archived && (await compareRows(context, archived, audit));
  const { terminal } = context;
  terminal.progress('');
  terminal.result(
    () => [auditText(audit, { url: archive.url, isSigned: root !== undefined }, viewOf(context)), ...(rows ? [rowsText(rows)] : [])].join('\n'),
    () => ({ archive: archive.url, intact: audit.faults.length === 0, signaturesChecked: root !== undefined, ...audit, ...(rows && { rows: rows.faults, rowsNotArchived: rows.notArchived }) }),
  );
  if (!root) terminal.message('who wrote the events was not checked: give the public keys of the people, `--root FILE`');
  return audit.faults.length === 0 && !rows?.faults.length ? EXIT.ok : EXIT.integrity;
};
