import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { stackMissing, useStack, whySkipped } from '../support/use-stack.ts';
import { deskTask, Upstream } from '../support/upstream.ts';
import { inWorkspace } from '../support/workspace.ts';

interface Tried {
  readonly stolen: string;
  readonly tries: string;
  readonly refused: boolean;
  readonly layer?: string;
  readonly evidence: string;
}

/** Every attack waits for a service to answer. */
const ATTACK_TIMEOUT_MS = 240_000;

/** One row for all that is refused alike, as docs/security.md has it. */
const rowsOf = (attacks: readonly Tried[]): readonly string[] => {
  const alike = Map.groupBy(attacks, ({ tries, layer = 'nothing' }) => JSON.stringify([tries, layer]));
  return [...alike].map(([key, found]) => {
    const [tries, layer] = JSON.parse(key) as [string, string];
    return `| ${[...new Set(found.map(({ stolen }) => stolen))].join('; ')} | ${tries} | ${layer} |`;
  });
};

const documented = (): readonly string[] => {
  const [, table = ''] = /\| stolen \| tried \| refused by \|\n\| --- \| --- \| --- \|\n((?:\|.*\n)+)/.exec(readFileSync(inWorkspace('docs/security.md'), 'utf8')) ?? [];
  return table.trim().split('\n');
};

describe.skipIf(stackMissing !== undefined)(`every secret of a stack, used against it${whySkipped}`, { timeout: ATTACK_TIMEOUT_MS }, () => {
  const { stack } = useStack();
  let acme: Upstream;
  /** Questions that others have asked on this stack. */
  let before: ReadonlySet<string>;
  let found: { readonly exitCode: number | null; readonly through: number; readonly attacks: readonly Tried[] };

  const approvals = async (): Promise<readonly { readonly id: string; readonly status: string }[]> =>
    (await stack.json<{ readonly approvals: readonly { readonly id: string; readonly status: string }[] }>(['approvals', 'list', '--all', '--limit', '500'])).approvals;

  beforeAll(async () => {
    acme = await Upstream.open(stack);
    before = new Set((await approvals()).map(({ id }) => id));
    found = await stack.json<{ readonly through: number; readonly attacks: readonly Tried[] }>(['attack']);
  }, ATTACK_TIMEOUT_MS);

  it('gets nothing through', () => {
    expect(found.attacks.filter(({ refused }) => !refused)).toEqual([]);
    expect(found).toMatchObject({ exitCode: 0, through: 0 });
  });

  it('names an event, a dead letter or what was tried for each', () => {
    const without = found.attacks.filter(({ layer, evidence }) => !(layer === 'kafka access rule' ? /refused/ : /event [\w-]{22}|dead letter [a-z]+\/\d+, alarm [\w-]{22}|`tail`/).test(evidence));
    expect(without).toEqual([]);
  });

  it('is refused as docs/security.md says, row by row', () => {
    expect(documented()).toEqual(rowsOf(found.attacks));
  });

  it('leaves nobody with a question: what it asked is taken back', async () => {
    const asked = async (): Promise<readonly string[]> => [...new Set((await approvals()).filter(({ id }) => !before.has(id)).map(({ status }) => status))];
    await expect.poll(asked, { timeout: 20_000 }).toEqual(['withdrawn']);
  });

  it('does no harm: nothing is done outside, every part is well, and the next task is carried out', async () => {
    expect(await stack.payments.refundsOf('attack')).toEqual([]);
    const charge = await stack.payments.charge(100);
    expect((await acme.carryOut(deskTask({ id: 'after-the-attack', charge }))).data).toMatchObject({ outcome: 'succeeded' });
    expect(await stack.payments.refundsOf(charge)).toHaveLength(1);
    expect(await stack.cli(['dev', 'status'])).toMatchObject({ code: 0 });
  });

  it('needs a stack whose passwords and keys lie in its folder', async () => {
    const { code, stderr } = await stack.cli(['--data', `${stack.dataDir}/nowhere`, 'attack']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/STACK_NOT_RUNNING|CONFIG_INVALID/);
  });
});
