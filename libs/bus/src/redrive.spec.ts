import { describe, expect, it } from 'vitest';
import { seconds } from '@countersign/kernel';
import { Bench } from './bench.fixture.js';
import { MemoryBroker } from './memory/memory-broker.js';
import { MemoryProcess } from './memory/memory-process.js';
import { readAgain } from './redrive.js';

const PROPOSED = 'countersign.action.proposed';

const again = async (bench: Bench, offset: number): Promise<string> => {
  const broker = new MemoryBroker(bench.cluster, new MemoryProcess('p', bench.time));
  const { wire, target } = bench.writer('proposals');
  const found = readAgain({ broker, wire, local: 'proposals', target, offset });
  await bench.run(seconds(5));
  return (await found).kind;
};

describe('a record that is read once more', () => {
  it('is an event again, wherever in its sequence it stands', async () => {
    const bench = new Bench();
    const writer = bench.writer('proposals');
    writer.write([PROPOSED, {}], [PROPOSED, {}], [PROPOSED, {}]);
    writer.claim();
    expect(await again(bench, 2)).toBe('event');
  });

  it('stays ignored where its writer did not own the partition any more', async () => {
    const bench = new Bench();
    const writer = bench.writer('proposals');
    writer.write([PROPOSED, {}]);
    writer.claim();
    const late = writer.append([{ key: null, value: Buffer.from('{"data":{},"causes":""}') }], 0, 1);
    expect(await again(bench, late)).toBe('passed');
  });

  it('is not stale for a claim that was void itself', async () => {
    const bench = new Bench();
    const [writer, zombie] = [bench.writer('proposals'), bench.writer('proposals')];
    writer.claim();
    writer.claim();
    zombie.claim();
    const [cause] = writer.write([PROPOSED, {}]);
    expect(await again(bench, cause?.offset ?? 0)).toBe('event');
  });

  it('is nothing where retention took it, or where it is not written yet', async () => {
    const bench = new Bench();
    bench.writer('proposals').write([PROPOSED, {}], [PROPOSED, {}]);
    bench.cluster.log.truncate(bench.target('proposals'), 2);
    expect(await again(bench, 1)).toBe('passed');
    expect(await again(bench, 9)).toBe('passed');
  });
});
