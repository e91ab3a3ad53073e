import { newEvent, type Owner } from '@countersign/contracts';
import { millis, seconds, type Tenant, type Workflow } from '@countersign/kernel';
import type { MemoryProcess } from '../memory-process.js';
import { BusWorld, type AnyStep } from './bus-world.fixture.js';
import { executorStep, plannerStep, policyStep } from './toy-steps.fixture.js';

const WORKFLOWS = ['w1', 'w2', 'w3', 'w4', 'w5'];

/** Toy services, and a tool that does what they want. */
export class ToyWorld extends BusWorld {
  /** What the tool did, by task: it does a thing once, however often it is asked. */
  readonly effects = new Map<string, string[]>();
  readonly calls: string[] = [];

  /** Hands in a task, once or, as upstreams do, twice. */
  submit(twice: boolean): void {
    const workflow = WORKFLOWS[this.random(WORKFLOWS.length)] as Workflow;
    const task = `${workflow}:${this.tasks.length}`;
    this.tasks.push(task);
    const trigger = { id: task, topic: 'inbox.toy', partition: 0, offset: 0, sha256: '0'.repeat(64) };
    const event = newEvent({ service: 'gateway', type: 'countersign.task.submitted', trigger, data: { n: 0, task, seen: this.controls } as never, controlEpoch: this.controls, tenant: 'toy' as Tenant, workflow, now: this.time.now() });
    this.hand(event, `toy/${workflow}`, twice);
  }

  protected stepOf(service: Owner, process: MemoryProcess): AnyStep {
    if (service === 'planner') return plannerStep();
    if (service === 'policy') return policyStep();
    return executorStep({ call: (task) => this.call(task, process) }, process.name);
  }

  /** The tool is far away, slow now and then, and loses an answer now and then. */
  private call(task: string, process: MemoryProcess): Promise<string> {
    this.calls.push(`${task} by ${process.name}`);
    const way = this.random(20) === 0 ? seconds(3) : millis(20 + this.random(200));
    const isLost = this.random(20) === 0;
    return new Promise((resolve, reject) => {
      this.time.after(way, () => {
        const effects = this.effects.get(task) ?? [`effect-${this.effects.size}`];
        this.effects.set(task, effects);
        const [effect = ''] = effects;
        this.time.after(way, () => process.reach(() => (isLost ? reject(new Error('no answer')) : resolve(effect))));
      });
    });
  }
}
