import { FLOW, TOPICS, topicOf, type Topic } from '@countersign/contracts';
import { days } from '@countersign/kernel';
import type { Action, CommandContext } from '../command-context.js';
import { withKafka } from '../connection/kafka.js';
import { readRoot } from '../connection/root.js';
import { readControlLog } from '../controls/control-log.js';
import { LogChecker, type Checked } from '@countersign/audit';
import { partitionsOf } from '../log/places.js';
import { watch } from '../log/watch.js';
import { tenantOf } from '../task/task-file.js';
import { viewOf } from '../terminal/view.js';
import { readBacklog } from './backlog.js';
import { matching, type TailFilter } from './filter.js';
import { parseFrom } from './from.js';
import { tailLine, tailObject, type Shown } from './tail-line.js';

export interface TailOptions extends TailFilter {
  readonly from: string;
  readonly follow?: boolean;
}

/** What an operator may read; where a tenant is asked for, the controls say nothing. */
const READABLE: readonly Topic[] = TOPICS.filter((topic) => FLOW[topic].readers.includes('operator'));

/** Ends by Ctrl-C; a timer cannot be longer than 24 days. */
const FOR_EVER = days(24);

/** In order of time; what Kafka stamped with the same millisecond, in the order of the flow. */
const byTime = (a: Shown, b: Shown): number => a.record.timestamp - b.record.timestamp || flowOrder(a) - flowOrder(b) || a.record.offset - b.record.offset;

const FLOW_ORDER: readonly Topic[] = ['tasks', 'proposals', 'decisions', 'approvals', 'executions', 'outcomes'];
const flowOrder = ({ topic }: Shown): number => FLOW_ORDER.indexOf(topicOf(topic) ?? 'tasks');

const printer = (context: CommandContext, filter: TailFilter) => {
  const { terminal } = context;
  const matches = matching(filter);
  const isFiltered = filter.tenant !== undefined || filter.run !== undefined || filter.type !== undefined;
  return {
    isShown: (checked: Checked): checked is Shown => (checked.kind === 'event' ? matches(checked.event) : checked.kind === 'bad' && !isFiltered),
    print: (checked: Shown): void =>
      terminal.line(
        () => tailLine(checked, viewOf(context)),
        () => tailObject(checked),
      ),
  };
};

export const tail: Action<TailOptions> = async (context, { options }) => {
  const from = parseFrom(options.from, context.clock.now());
  const root = readRoot(context);
  return withKafka(context, async (kafka) => {
    const { state } = await readControlLog(kafka.broker, kafka.namespace, root);
    const checker = new LogChecker(kafka, root, state);
    const { isShown, print } = printer(context, options);
    const tenants = options.tenant === undefined ? kafka.tenants : [tenantOf(options.tenant, kafka.tenants)];
    const targets = READABLE.flatMap((topic) => partitionsOf(kafka, topic, tenants));
    const backlogs = await Promise.all(targets.map((target) => readBacklog(kafka.broker, target, from)));
    // One batch may hold older records than its first one, where a producer says the time.
    const since = 'since' in from ? from.since : 0;
    const printAll = (checked: readonly Shown[]): undefined => {
      for (const each of checked) print(each);
    };
    printAll(
      backlogs
        .flatMap(({ records, isWhole }) => checker.check(records, isWhole).filter(isShown))
        .filter(({ record }) => record.timestamp >= since)
        .toSorted(byTime),
    );
    if (!options.follow) return;
    await watch(kafka.broker, backlogs, (records) => printAll(checker.check(records).filter(isShown)), { deadline: FOR_EVER, signal: context.signal });
  });
};
