import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { ArchiveWriter, encodeLeaf, FileStore, initArchive, LogWriter } from '@countersign/archive';
import { initialControls, NO_STOPS, type ControlState, type ModeSetting } from '@countersign/domain';
import { humanPrincipal } from '@countersign/identity';
import { days, millis, minutes, systemClock, type Instant, type Millis } from '@countersign/kernel';
import { modesAfterDisaster, restoreKafka } from './restore.js';

type Active = NonNullable<ControlState['active']>;

const toolsOf = (...tools: readonly (readonly [id: string, effect: 'read' | 'write', kind: 'key' | 'natural' | 'none', memory?: Millis])[]): ControlState => ({
  ...initialControls(),
  active: { tools: new Map(tools.map(([id, effect, kind, memory = days(30)]) => [id, { document: { id, effect, idempotency: kind === 'key' ? { kind, memory } : { kind } } }])) as unknown as Active['tools'] } as Active,
});
const safe = (controls: ControlState, since = minutes(5)): readonly string[] => modesAfterDisaster(controls, since).map(({ subject }) => subject);

describe('behind a disaster', () => {
  it('everything is in mode safe, and so is each tool that would do a call twice, whose calls a person looks at', () => {
    const controls = toolsOf(['payments.refund', 'write', 'key'], ['crm.update', 'write', 'natural'], ['receipts.send', 'write', 'none'], ['payments.find', 'read', 'none']);
    expect(modesAfterDisaster(controls, minutes(5))).toEqual([
      { type: 'countersign.mode.changed', subject: 'all', data: { scope: 'all', value: '', mode: 'safe', reason: 'restored from the archive' } },
      { type: 'countersign.mode.changed', subject: 'tool:receipts.send', data: { scope: 'tool', value: 'receipts.send', mode: 'safe', reason: expect.stringContaining('look whether it was done') as string } },
    ]);
  });

  it('a tool that may have forgotten its keys when people let it go on, a day after the restore at most, is one that would do a call twice', () => {
    const controls = toolsOf(['payments.refund', 'write', 'key', days(30)], ['sms.send', 'write', 'key', days(1)], ['receipts.find', 'read', 'key', days(1)]);
    expect(safe(controls)).toEqual(['all', 'tool:sms.send']);
    expect(safe(controls, millis(days(29) - 1))).toEqual(['all', 'tool:sms.send']);
    expect(safe(controls, days(29))).toEqual(['all', 'tool:payments.refund', 'tool:sms.send']);
  });

  it('what is safe already is left so: a mode that is no stricter would be void', () => {
    const setting: ModeSetting = { scope: 'all', value: '', mode: 'safe', reason: 'an incident', epoch: 4, at: 0 as Instant, by: humanPrincipal('ada') };
    expect(safe({ ...toolsOf(['receipts.send', 'write', 'none']), stops: { ...NO_STOPS, modes: new Map([['all:', setting]]) } })).toEqual(['tool:receipts.send']);
  });

  it('nothing is known of tools where no configuration was in force', () => expect(safe(initialControls())).toEqual(['all']));
});

describe('an archive that Kafka is filled from', () => {
  const folder = mkdtempSync(join(tmpdir(), 'restore-'));
  const [kept, setBack] = [join(folder, 'archive'), join(folder, 'set-back')];
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is one that has grown out of what somebody kept: nothing is written to Kafka from one that was set back', async () => {
    const store = new FileStore(kept);
    const key = { origin: 'ledger.example', secret: Buffer.alloc(32, 5) };
    const { anchor } = await initArchive(store, { key, namespace: 'countersign', partitions: 1, lock: null });
    const log = await LogWriter.open((await ArchiveWriter.open(store, 'countersign', key, systemClock)).log('anchor', 0));
    const write = async (offset: number): Promise<void> => {
      log.append(encodeLeaf({ offset, timestamp: 1_790_000_000_000, key: null, value: Buffer.from('{}'), headers: {} }, offset - 1).entry);
      await log.publish();
    };
    await write(0);
    cpSync(kept, setBack, { recursive: true });
    await write(1);
    const seen = [join(kept, 'countersign/anchor/0/checkpoint')];
    const restored = restoreKafka({ kafka: {} as never, archive: { url: pathToFileURL(setBack).href, anchor }, options: { namespace: 'countersign', partitions: 1, seen }, root: { people: [], quorum: { admin: 1, operator: 1 } }, witness: undefined, onStep: () => undefined });
    await expect(restored).rejects.toMatchObject({ code: 'ARCHIVE_INVALID', message: expect.stringMatching(/nothing is restored from .* 2/) as string });
  });
});
