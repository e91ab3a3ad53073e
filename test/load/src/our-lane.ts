import { topicName } from '@countersign/contracts';
import { TENANT, typeOf } from './bench-config.js';
import type { Lane } from './lane.js';

interface Finished {
  readonly type: string;
  readonly data: { readonly task: string; readonly source: string; readonly outcome?: string; readonly reason?: string; readonly code?: string; readonly message?: string };
}

const task = (run: number, workflow: string, source: string): Buffer =>
  Buffer.from(
    JSON.stringify({
      specversion: '1.0',
      id: `bench-${run}`,
      source,
      type: typeOf(workflow),
      workflow,
      data: { ticket: `T-${run}`, customer_id: `cus_${run % 1_000}`, amount_cents: 500 + (run % 9_000), reason: 'the parcel never arrived' },
    }),
  );

/** Our own side: tasks go into the tenant's inbox as any upstream's do, and come out as `task.finished`. A task's id counts once for each source. `ends`: outcomes that are no fault. */
export const ourLane = (namespace: string, partitions: number, workflows: readonly string[], source = '/bench', ends: readonly string[] = ['succeeded']): Lane => ({
  name: 'ours',
  input: topicName(namespace, 'inbox', TENANT),
  output: topicName(namespace, 'outcomes', TENANT),
  partitions,
  recordOf: (run) => ({ key: null, value: task(run, workflows[run % workflows.length] ?? '', source), headers: {} }),
  finishedRun: ({ value }) => {
    const { type, data } = JSON.parse(String(value)) as Finished;
    // Another bench on the same topic, one that was cut off for example.
    if (type === 'countersign.task.accepted' || data.source !== source) return undefined;
    if (!ends.includes(data.outcome ?? '')) throw new Error(`${data.task} ended as \`${type}\`: ${data.outcome ?? data.code} ${data.reason ?? data.message ?? ''}`);
    return Number(data.task.slice('bench-'.length));
  },
});
