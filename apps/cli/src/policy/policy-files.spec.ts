import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { EXIT } from '../exit-codes.js';
import { CONTRACT, policy, TOOL, writeConfig, writeFile } from '../spec-support/config-files.spec-support.js';
import { contextIn } from '../spec-support/context.spec-support.js';
import { checkPolicies } from './check.js';
import { compilePolicies } from './compile.js';
import { testPolicies } from './test.js';

const root = mkdtempSync(join(tmpdir(), 'countersign-policy-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(root, 'case-'));
  writeConfig(folder);
});

const CASES = `tenant: acme
cases:
  - name: a small refund goes through
    tool: payments.refund
    args: { charge_id: ch_1, amount_cents: 1200 }
    expect: allow
  - name: 80 dollars go through
    tool: payments.refund
    args: { charge_id: ch_1, amount_cents: 8000 }
    expect: allow
    rules: [contract.refund-desk]
  - name: a large refund asks a person
    tool: payments.refund
    args: { charge_id: ch_1, amount_cents: 25000 }
    expect: ask
    rules: [refund_requires_approval]
    tier: 2
  - name: and goes through once somebody agrees
    tool: payments.refund
    args: { charge_id: ch_1, amount_cents: 25000 }
    approvals: { ada: [finance] }
    expect: allow
`;

describe('policy compile', () => {
  const compile = async (options: object, json = false) => {
    const { context, out } = contextIn(folder, { json });
    await compilePolicies(context, { args: [], options: { engine: 'cedar', ...options } });
    return out();
  };

  it('shows the Cedar that decides, tool by tool, and the hash that decisions name', async () => {
    const text = await compile({});
    expect(text).toMatch(/^\/\/ policy set [0-9a-f]{64}\n\n\/\/ payments\.refund\n@id\("contract\.refund-desk"\)\npermit \(/);
    expect(text).toContain('when { (context.attributes has amount_usd) && (context.attributes.amount_usd > 10000) }');
  });

  it('shows the schema of a tool', async () => {
    expect(await compile({ schema: true, tool: 'payments.refund' })).toMatch(/action "payments\.refund" appliesTo \{[\s\S]*amount_usd\?: __cedar::Long/);
  });

  it('is one object with --json', async () => {
    expect(JSON.parse(await compile({ tool: 'payments.refund' }, true))).toMatchObject({ schema: 1, engine: 'cedar', policySet: expect.stringMatching(/^[0-9a-f]{64}$/) as string, form: 'policies', tools: [{ tool: 'payments.refund' }] });
  });

  it('shows the data that OPA decides on', async () => {
    expect(JSON.parse(await compile({ engine: 'opa', tool: 'payments.refund' }))).toMatchObject({ slices: { 'payments.refund': expect.arrayContaining([expect.objectContaining({ id: 'refund_requires_approval', kind: 'ask', quorum: 1 })]) as unknown } });
  });

  it.each([
    ['a schema of all tools', { schema: true }, 'each tool has a schema of its own'],
    ['a schema of OPA', { schema: true, engine: 'opa', tool: 'payments.refund' }, 'only Cedar validates against a schema'],
  ])('refuses %s', async (_, options, message) => {
    await expect(compile(options)).rejects.toMatchObject({ code: 'USAGE', message });
  });

  it('suggests a tool for one that is not there', async () => {
    await expect(compile({ tool: 'payment.refund' })).rejects.toMatchObject({ code: 'USAGE', message: 'there is no tool `payment.refund`', hint: 'did you mean `payments.refund`?' });
  });
});

describe('policy check', () => {
  const check = async (options: { readonly strict?: boolean; readonly format?: 'text' | 'github' } = {}, json = false) => {
    const { context, out, err } = contextIn(folder, { json });
    const code = await checkPolicies(context, { args: ['config/'], options: { format: 'text', ...options } });
    return { code, out: out(), err: err() };
  };

  it('says nothing on stdout of files that are as they must be', async () => {
    expect(await check({ strict: true })).toEqual({ code: EXIT.ok, out: '', err: '5 files: 0 errors, 0 warnings\n' });
  });

  it('names an unknown key with file, line, column and the nearest known one', async () => {
    writeFile(folder, 'config/policies/refund-desk.yaml', policy(100).replace('amount_usd', 'amout_usd'));
    expect(await check()).toMatchObject({ code: EXIT.error, out: 'config/policies/refund-desk.yaml:3:36: error: /policies/0/if/amout_usd: unknown key `amout_usd`, did you mean `amount_usd`?\n' });
  });

  it('names every fault of a file at once, in the order of its lines, whatever kind of fault each is', async () => {
    writeFile(
      folder,
      'config/policies/refund-desk.yaml',
      `policies:
  - name: one
    if: { tool: "payments.refund", amout_usd: "> 1", row: "many" }
    then: { action: require_human_approval, teir: 2 }
  - name: one
    if: { tool: "payments.refund", amount_usd: "100 or so" }
    then: { action: deny, quorum: 2 }
  - if: { tool: "payments.*", amount_usd: "> 1.234" }
    then: { action: perhaps }
  - name: two
    name: three
    if: { tool: "payments.refund", amount_usd: [1, 9007199254740993], outside_window: "always" }
    then: { action: deny }
`,
    );
    const { code, out, err } = await check();
    expect([code, err]).toEqual([EXIT.error, '5 files: 13 errors, 0 warnings\n']);
    expect(out).toMatchInlineSnapshot(`
      "config/policies/refund-desk.yaml:3:36: error: /policies/0/if/amout_usd: unknown key \`amout_usd\`, did you mean \`amount_usd\`?
      config/policies/refund-desk.yaml:3:54: error: /policies/0/if/row: unknown key \`row\`, did you mean \`rows\`?
      config/policies/refund-desk.yaml:4:45: error: /policies/0/then/teir: unknown key \`teir\`
      config/policies/refund-desk.yaml:5:5: error: /policies/1/name: there is another rule \`one\`
      config/policies/refund-desk.yaml:6:36: error: /policies/1/if/amount_usd: \`amount_usd\` needs an operator (\`>\` \`>=\` \`<\` \`<=\` \`==\` \`!=\` \`in\` \`not_in\` \`matches\`) and a value, such as \`> 100\`
      config/policies/refund-desk.yaml:7:5: error: /policies/1/then: \`deny\` takes no further settings
      config/policies/refund-desk.yaml:8:5: error: /policies/2/name: \`name\` is missing
      config/policies/refund-desk.yaml:8:31: error: /policies/2/if/amount_usd: \`1.234\` has more than two decimals, and amounts are compared in whole cents
      config/policies/refund-desk.yaml:9:13: error: /policies/2/then/action: must be one of \`deny\`, \`require_human_approval\`
      config/policies/refund-desk.yaml:11:5: error: Map keys must be unique
      config/policies/refund-desk.yaml:12:36: error: /policies/3/if/amount_usd: \`9007199254740992\` is no amount in dollars such as \`100\` or \`99.50\`
      config/policies/refund-desk.yaml:12:52: error: \`9007199254740993\` is an integer that a JSON number does not hold
      config/policies/refund-desk.yaml:12:71: error: /policies/3/if/outside_window: \`always\` is no window such as \`mon-fri 08:00-18:00 Europe/Berlin\`
      "
    `);
  });

  it('finds faults between files beside those of rules, and none that is only there because another file could not be read', async () => {
    writeFile(folder, 'config/policies/refund-desk.yaml', policy(100).replace('amount_usd', 'amout_usd'));
    writeFile(folder, 'config/contracts/refund-desk.yaml', CONTRACT.replace('playbook: refund', 'playbook: refunds'));
    expect((await check()).out.split('\n')).toEqual([
      'config/contracts/refund-desk.yaml:9:1: error: /playbook: there is no playbook `refunds`',
      'config/policies/refund-desk.yaml:3:36: error: /policies/0/if/amout_usd: unknown key `amout_usd`, did you mean `amount_usd`?',
      '',
    ]);
    writeFile(folder, 'config/tools/payments.refund.yaml', TOOL.replace('effect: write', 'effect: writes'));
    expect((await check()).out).toMatch(/^config\/tools\/payments\.refund\.yaml:4:1: error: [^\n]*\n$/);
  });

  it('finds faults in the files of cases too', async () => {
    writeFile(folder, 'config/tests/refunds.yaml', CASES.replace('    rules: [refund_', '    rulse: [refund_'));
    expect(await check()).toMatchObject({ code: EXIT.error, out: 'config/tests/refunds.yaml:16:5: error: /cases/2/rulse: unknown key `rulse`, did you mean `rules`?\n' });
  });

  it.each([
    ['a rule that never fires', { tool: '"payments.refund"', amount_usd: '"< 0"' }, 'rule.never'],
    ['a rule about a mode in which everything waits', { tool: '"payments.refund"', mode: '"safe"' }, 'rule.never'],
    ['a rule about a stage that no contract is in', { tool: '"payments.refund"', stage: '"draft"' }, 'rule.never'],
    ['a rule about a tool that is not there', { tool: '"crm.export"', rows: '"> 1"' }, 'tool.none'],
    ['a rule that another one shadows', { tool: '"payments.refund"', amount_usd: '"> 200"' }, 'rule.shadowed'],
  ])('warns of %s, and fails with --strict', async (_, conditions, code) => {
    const rule = Object.entries(conditions).map(([key, value]) => `${key}: ${value}`).join(', ');
    writeFile(folder, 'config/policies/more.yaml', `policies:\n  - name: odd\n    if: { ${rule} }\n    then: { action: require_human_approval }\n`);
    const found = await check();
    expect(found.out).toMatch(new RegExp(`^config/policies/more\\.yaml:\\d+:\\d+: warning\\[${code.replace('.', '\\.')}\\]: .*rule \`odd\``));
    expect([found.code, (await check({ strict: true })).code]).toEqual([EXIT.ok, EXIT.error]);
  });

  it('writes annotations for GitHub, in which nothing of a file can be a command', async () => {
    writeFile(folder, 'config/policies/refund-desk.yaml', policy(100).replace('amount_usd', '"a%0A::error,b"'));
    const { out } = await check({ format: 'github' });
    expect(out).toMatch(/^::error file=config\/policies\/refund-desk\.yaml,line=3,col=36::[^\n]*`a%250A::error,b`[^\n]*\n$/);
  });

  it('is one object with --json, also where nothing was found', async () => {
    expect(JSON.parse((await check({}, true)).out)).toEqual({ schema: 1, files: 5, errors: 0, warnings: 0, findings: [] });
  });
});

describe('policy test', () => {
  const test = async (json = false, engine: 'cedar' | 'opa' = 'cedar') => {
    const { context, out, err } = contextIn(folder, { json });
    const code = await testPolicies(context, { args: [], options: { engine } });
    return { code, out: out(), err: err() };
  };

  it('decides every case without a stack', async () => {
    writeFile(folder, 'config/tests/refunds.yaml', CASES);
    expect(await test()).toMatchObject({ code: EXIT.ok, err: '4 cases: every verdict is as expected\n' });
  });

  it('gives the same verdicts with OPA', async () => {
    writeFile(folder, 'config/tests/refunds.yaml', CASES);
    expect(await test(false, 'opa')).toMatchObject({ code: EXIT.ok, err: '4 cases: every verdict is as expected\n' });
  });

  it('shows one changed verdict after the limit was lowered, with what was expected, what came and why, and exits 9', async () => {
    writeFile(folder, 'config/tests/refunds.yaml', CASES);
    writeFile(folder, 'config/policies/refund-desk.yaml', policy(50));
    const { code, out, err } = await test();
    expect([code, err]).toEqual([EXIT.drift, '4 cases: 1 changed verdict\n']);
    expect(out).toMatchInlineSnapshot(`
      "config/tests/refunds.yaml
        ok       a small refund goes through
        changed  80 dollars go through  config/tests/refunds.yaml:7:5
                 expected  allow by contract.refund-desk
                 got       ask by refund_requires_approval: tier 2, 1 of any approver within 1d
                 why       refund_requires_approval rule.asks: amount_usd is above 50.00
        ok       a large refund asks a person
        ok       and goes through once somebody agrees
      "
    `);
  });

  it('is one object with --json', async () => {
    writeFile(folder, 'config/tests/refunds.yaml', CASES);
    writeFile(folder, 'config/policies/refund-desk.yaml', policy(50));
    const { out } = await test(true);
    expect(JSON.parse(out)).toMatchObject({ schema: 1, cases: 4, changed: 1, results: [{ changed: false }, { changed: true, path: 'config/tests/refunds.yaml', line: 7, differs: ['expect', 'rules'], got: { expect: 'ask', rules: ['refund_requires_approval'] } }, {}, {}] });
  });

  it.each([
    ['no cases', undefined, 'there are no cases in `config/tests`'],
    ['a tool that is not there', CASES.replace('tool: payments.refund', 'tool: payment.refund'), 'config/tests/refunds.yaml:4:5: /tool: there is no tool `payment.refund`, did you mean `payments.refund`?'],
    ['a task that the gateway would refuse', CASES.replace('cases:', 'task: { charge: ch_1 }\ncases:'), '/task/charge: unknown key `charge`, did you mean `charge_id`?'],
    ['a workflow that nobody covers', CASES.replace('cases:', 'workflow: refunds\ncases:'), '/workflow: no agent contract covers workflow `refunds` of tenant `acme`'],
    ['two cases of one name', CASES.replace('80 dollars go through', 'a small refund goes through'), 'config/tests/refunds.yaml:7:5: /cases/1/name: another case of the file has this name'],
  ])('is red for %s', async (_, cases, message) => {
    if (cases !== undefined) writeFile(folder, 'config/tests/refunds.yaml', cases);
    await expect(test()).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining(message) as string });
  });
});
