import { describe, expect, it } from 'vitest';
import { initialControls, NO_STOPS, type ControlState, type ModeSetting } from '@countersign/domain';
import { humanPrincipal } from '@countersign/identity';
import type { Instant } from '@countersign/kernel';
import { modesAfterDisaster } from './restore.js';

type Active = NonNullable<ControlState['active']>;

const toolsOf = (...tools: readonly (readonly [id: string, effect: 'read' | 'write', kind: 'key' | 'natural' | 'none'])[]): ControlState => ({
  ...initialControls(),
  active: { tools: new Map(tools.map(([id, effect, kind]) => [id, { document: { id, effect, idempotency: { kind } } }])) as unknown as Active['tools'] } as Active,
});
const safe = (controls: ControlState): readonly string[] => modesAfterDisaster(controls).map(({ subject }) => subject);

describe('behind a disaster', () => {
  it('everything is in mode safe, and so is each tool that would do a call twice, whose calls a person looks at', () => {
    const controls = toolsOf(['payments.refund', 'write', 'key'], ['crm.update', 'write', 'natural'], ['receipts.send', 'write', 'none'], ['payments.find', 'read', 'none']);
    expect(modesAfterDisaster(controls)).toEqual([
      { type: 'countersign.mode.changed', subject: 'all', data: { scope: 'all', value: '', mode: 'safe', reason: 'restored from the archive' } },
      { type: 'countersign.mode.changed', subject: 'tool:receipts.send', data: { scope: 'tool', value: 'receipts.send', mode: 'safe', reason: expect.stringContaining('look whether it was done') as string } },
    ]);
  });

  it('what is safe already is left so: a mode that is no stricter would be void', () => {
    const setting: ModeSetting = { scope: 'all', value: '', mode: 'safe', reason: 'an incident', epoch: 4, at: 0 as Instant, by: humanPrincipal('ada') };
    expect(safe({ ...toolsOf(['receipts.send', 'write', 'none']), stops: { ...NO_STOPS, modes: new Map([['all:', setting]]) } })).toEqual(['tool:receipts.send']);
  });

  it('nothing is known of tools where no configuration was in force', () => expect(safe(initialControls())).toEqual(['all']));
});
