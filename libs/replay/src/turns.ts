import type { Cause } from '@countersign/contracts';
import type { Instant } from '@countersign/kernel';
import type { Taped, TapedTopic } from './tape.js';

/** What a service wrote for one input, deadline or result. */
export interface Turn {
  /** What it was written for: an input, or an own event whose time had come or whose work was done. */
  readonly trigger: Cause;
  /** The control that asked for the input to be handled once more, if one did. */
  readonly redrive?: Cause;
  readonly now: Instant;
  /** Newest control that the service had read; -1 for none. */
  readonly controlEpoch: number;
  readonly events: readonly Taped[];
}

export const isOwn = ({ trigger }: Pick<Turn, 'trigger'>, output: TapedTopic): boolean => trigger.topic === output;

/** The turns of a service, from what it wrote. What one input gave rise to was written together, at one time. */
export const turnsOf = (own: readonly Taped[]): readonly Turn[] => {
  const turns: (Omit<Turn, 'events'> & { readonly events: Taped[] })[] = [];
  for (const each of own) {
    const { causes: [trigger, second], controlEpoch } = each;
    if (!trigger) continue;
    const last = turns.at(-1);
    if (last?.trigger.id === trigger.id && last.trigger.offset === trigger.offset && last.now === each.at && last.controlEpoch === controlEpoch) last.events.push(each);
    else turns.push({ trigger, ...(second?.topic === 'controls' && { redrive: second }), now: each.at, controlEpoch, events: [each] });
  }
  return turns;
};
