import { CountersignError } from '@countersign/kernel';
import type { CommandContext } from '../../command-context.js';
import { withKafka } from '../../connection/kafka.js';
import { readRoot } from '../../connection/root.js';
import { CLIENT_VARIABLES, readSettings } from '../../connection/settings.js';
import { readControlRecords } from '../../controls/control-log.js';
import { commandLine } from '../../terminal/command-line.js';
import { ControlHistory } from '../log/control-history.js';
import { decideAgain, recordedVerdict } from '../log/decided-again.js';
import { isFirst, walkDecisions, type Decided } from '../log/walk-decisions.js';
import { bookOf, folderBook, withPolicy, type RuleBook } from '../rule-book.js';
import { explanationOf, type Explanation } from './explanation.js';

/** Which action: a step of a run, or the start of its hash. Runs may be the start of one, with or without `run-`. */
export type Wanted = { readonly run: string; readonly step: string } | { readonly action: string };

const RUN_PREFIX = 'run-';

const isWanted = (wanted: Wanted, { event: { data } }: Decided): boolean => {
  if ('action' in wanted) return data.actionHash.startsWith(wanted.action);
  const run = wanted.run.startsWith(RUN_PREFIX) ? wanted.run : `${RUN_PREFIX}${wanted.run}`;
  return data.action.step === wanted.step && data.action.run.startsWith(run);
};

const named = (wanted: Wanted): string => ('action' in wanted ? `the action \`${wanted.action}\`` : `step \`${wanted.step}\` of run \`${wanted.run}\``);

/** The files of a folder among what else was in force then, or what was in force. */
const bookThen = (history: ControlHistory, { event }: Decided, candidate: RuleBook | undefined): RuleBook => {
  const then = history.at(event.data.controlEpoch);
  if (!candidate) return bookOf(`version ${then.active?.version ?? 0}, in force then`, then);
  const { active, files } = candidate.controls;
  return { ...candidate, controls: { ...then, files, ...(active && { active }) } };
};

/** Explains the first answer that policy gave to a proposal: from the log, with what policy knew then. */
export const explainPast = async (context: CommandContext, wanted: Wanted, config: string | undefined): Promise<Explanation> => {
  const candidate = config === undefined ? undefined : folderBook(context, config, 'policy explain WHAT --config DIR');
  const root = readRoot(context);
  const trustDomain = readSettings(context).get('trustDomain', CLIENT_VARIABLES.trustDomain);
  return withKafka(context, async (kafka) => {
    const controls = await readControlRecords(kafka.broker, kafka.namespace);
    const history = new ControlHistory(controls, root);
    const found = new Map<string, Explanation | undefined>();
    await walkDecisions(kafka, {
      root,
      controls,
      visit: (decided) => {
        const { actionHash, action } = decided.event.data;
        if (!isWanted(wanted, decided) || !isFirst(decided) || found.has(actionHash)) return;
        const book = bookThen(history, decided, candidate);
        const judgement = withPolicy(book.set, (policy) => decideAgain(decided, { controls: book.controls, policy, trustDomain }));
        const about = { tool: action.tool, tenant: action.tenant, workflow: action.workflow, at: decided.event.time, under: book.name, recorded: recordedVerdict(decided.event) };
        found.set(actionHash, judgement && explanationOf(about, book.set, judgement));
      },
      onProgress: (partition, partitions, read) => context.terminal.progress(`partition ${partition} of ${partitions}: ${read} events`),
    });
    const [only, second] = found.values();
    if (second) throw new CountersignError('USAGE', `${named(wanted)} may be one of ${found.size}`, { hint: 'type a few characters more' });
    if (!only) throw new CountersignError('NOT_FOUND', `no decision on ${named(wanted)} is in Kafka`, { hint: `\`${commandLine('runs show RUN', context.env)}\` shows the steps of a run` });
    return only;
  });
};
