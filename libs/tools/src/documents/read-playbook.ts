import type { Json, StepId } from '@countersign/kernel';
import type { Condition, DocumentFault, Playbook, PlaybookStep, ValueSource, ValueTest } from '@countersign/domain';
import { placeholdersOf } from '../placeholders.js';
import type { RawCondition, RawPlaybook, RawSource } from './raw.js';

/** Reads one playbook; remembers the steps before the one at hand, because a step can only speak of those. */
class PlaybookReader {
  private readonly before: string[] = [];

  constructor(private readonly faults: DocumentFault[]) {}

  read(raw: RawPlaybook): Playbook {
    return { id: raw.id, version: raw.version, steps: raw.steps.map((step, index) => this.step(step, `/steps/${index}`)), ...(raw.on_failure && { onFailure: raw.on_failure }) };
  }

  private step(raw: RawPlaybook['steps'][number], at: string): PlaybookStep {
    for (const [index, id] of (raw.after ?? []).entries()) this.isBefore(id, `${at}/after/${index}`);
    const step: PlaybookStep = {
      id: raw.id as StepId,
      tool: raw.tool,
      ...(raw.after === undefined ? {} : { after: raw.after as readonly StepId[] }),
      ...(raw.when === undefined ? {} : { when: this.condition(raw.when, `${at}/when`) }),
      args: Object.fromEntries(Object.entries(raw.args ?? {}).map(([name, source]) => [name, this.source(source, `${at}/args/${name}`)])),
      ...(raw.ask && { ask: { ...(raw.ask.when && { when: this.condition(raw.ask.when, `${at}/ask/when`) }), question: raw.ask.question } }),
    };
    if (this.before.includes(raw.id)) this.faults.push({ pointer: `${at}/id`, message: `there is another step \`${raw.id}\`` });
    this.before.push(raw.id);
    return step;
  }

  private isBefore(id: string, pointer: string): void {
    if (!this.before.includes(id)) this.faults.push({ pointer, message: `there is no step \`${id}\` before this one` });
  }

  private source(raw: RawSource, pointer: string): ValueSource {
    const kinds = [raw.task, raw.step, raw.value, raw.template].filter((kind) => kind !== undefined).length;
    if (kinds !== 1) this.faults.push({ pointer, message: 'must be one of `task`, `step` with `path`, `value` and `template`' });
    if (raw.task !== undefined) return { from: 'task', pointer: raw.task };
    if (raw.step !== undefined) {
      this.isBefore(raw.step, `${pointer}/step`);
      return { from: 'step', step: raw.step as StepId, pointer: raw.path ?? '' };
    }
    if (raw.template !== undefined) {
      for (const placeholder of placeholdersOf(raw.template)) this.templatePlaceholder(placeholder, `${pointer}/template`);
      return { from: 'template', text: raw.template };
    }
    return { from: 'value', value: raw.value ?? null };
  }

  private templatePlaceholder(placeholder: string, pointer: string): void {
    const [whose = '', path] = placeholder.split(/:(.*)/s);
    if (path === undefined || !/^(\/[^/]*)*$/.test(path)) this.faults.push({ pointer, message: `\`{${placeholder}}\` is not as \`{task:/pointer}\` or \`{step-id:/pointer}\`` });
    else if (whose !== 'task') this.isBefore(whose, pointer);
  }

  private condition(raw: RawCondition, pointer: string): Condition {
    const { all, any, not, of, ...tests } = raw;
    const groups = [all, any, not, of].filter((group) => group !== undefined).length;
    const names = Object.keys(tests);
    if (groups !== 1 || names.length !== (of === undefined ? 0 : 1)) {
      this.faults.push({ pointer, message: 'must be one of `all`, `any`, `not`, and `of` with one test' });
      return { all: [] };
    }
    if (all) return { all: all.map((each, index) => this.condition(each, `${pointer}/all/${index}`)) };
    if (any) return { any: any.map((each, index) => this.condition(each, `${pointer}/any/${index}`)) };
    if (not) return { not: this.condition(not, `${pointer}/not`) };
    return { of: this.source(of ?? {}, `${pointer}/of`), test: testOf(names[0] ?? '', tests[names[0] ?? '']) };
  }
}

/** The shape has been checked, so that each test has a value of its type. */
const testOf = (name: string, value: unknown): ValueTest['test'] => {
  switch (name) {
    case 'equals':
      return { op: 'equals', value: value as Json };
    case 'in':
      return { op: 'in', values: value as readonly Json[] };
    case 'exists':
      return { op: 'exists', value: value as boolean };
    case 'contains':
      return { op: 'contains', value: value as string };
    default:
      return { op: name.replace('_', '-') as 'greater' | 'at-least' | 'less' | 'at-most', value: value as number };
  }
};

export const readPlaybook = (raw: RawPlaybook, faults: DocumentFault[]): Playbook => new PlaybookReader(faults).read(raw);
