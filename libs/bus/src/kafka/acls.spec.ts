import { describe, expect, it } from 'vitest';
import { aclsOf, SANDBOX_USER, sandboxAcls, type AclOperation } from './acls.js';
import { topicsOfNamespace } from './namespace-topics.js';

const TENANTS = ['acme', 'globex'];
const acls = aclsOf('countersign', TENANTS);

const may = (operation: AclOperation, topic: string): string[] =>
  acls
    .filter((acl) => acl.resource === 'topic' && acl.name === `countersign.${topic}` && acl.operation === operation)
    .map(({ principal }) => principal)
    .sort();

describe('the access rules of a namespace', () => {
  it('let one service write each topic of the log', () => {
    expect(['tasks', 'proposals', 'decisions', 'approvals', 'executions', 'cards', 'ledger', 'anchor'].map((topic) => may('write', topic))).toEqual([['gateway'], ['planner'], ['policy'], ['approvals'], ['executor'], ['slack'], ['ledger'], ['ledger']]);
  });

  it('let people alone write controls, and votes besides them only the service that takes their presses in Slack', () => {
    expect(may('write', 'controls')).toEqual(['operator']);
    expect(may('write', 'ballots')).toEqual(['operator', 'slack']);
    expect(may('write', 'inbox.acme')).not.toContain('slack');
  });

  it('let an upstream write its own inbox and read its own outcomes, and see nothing else', () => {
    expect(may('write', 'inbox.acme')).toEqual(['operator', 'upstream-acme']);
    expect(may('read', 'outcomes.globex')).toEqual(['ledger', 'operator', 'upstream-globex']);
    expect(acls.filter(({ principal, resource }) => principal === 'upstream-acme' && resource === 'topic').map(({ name }) => name).sort()).toEqual(['countersign.inbox.acme', 'countersign.outcomes.acme']);
  });

  it('keep the executor from what only policy may see, and everybody from snapshots of others', () => {
    expect(may('read', 'proposals')).not.toContain('executor');
    expect(may('read', 'snapshots.policy')).toEqual(['policy']);
    expect(may('write', 'snapshots.policy')).toEqual(['policy']);
    expect(may('read', 'dlq.policy').toSorted()).toEqual(['operator', 'policy']);
  });

  it('name every topic of the namespace, and none besides', () => {
    const named = new Set(acls.filter(({ resource }) => resource === 'topic').map(({ name }) => name));
    const made = topicsOfNamespace({ namespace: 'countersign', tenants: TENANTS, partitions: 4 }).map(({ topic }) => topic);
    expect([...named].sort()).toEqual([...made].sort());
  });

  it('give no group whose name another principal begins with', () => {
    const prefixes = acls.filter(({ resource, pattern, operation }) => resource === 'group' && pattern === 'prefixed' && operation === 'read');
    expect(prefixes.every(({ name, principal }) => name === `countersign.${principal}.`)).toBe(true);
  });
});

describe('the access rules of sandboxes', () => {
  it('let their user do everything there, and give it no topic or group of any other name', () => {
    const named = sandboxAcls().filter(({ resource }) => resource !== 'cluster');
    expect(named.map(({ principal, name, pattern }) => `${principal} ${name} ${pattern}`)).toEqual(Array(named.length).fill(`${SANDBOX_USER} sbx- prefixed`));
    expect(named.filter(({ resource }) => resource === 'topic').map(({ operation }) => operation)).toEqual(['create', 'read', 'write', 'describe']);
  });

  it('give no other user a sandbox, and their user nothing of a namespace', () => {
    expect(acls.filter(({ principal, name }) => principal === SANDBOX_USER || name.startsWith('sbx-'))).toEqual([]);
  });
});

describe('the topics of a namespace', () => {
  const topics = new Map(topicsOfNamespace({ namespace: 'sbx-1', tenants: ['acme'], partitions: 6 }).map(({ topic, ...rest }) => [topic, rest]));

  it('have the partitions of the namespace where they are read together, and one where they are one row', () => {
    expect(topics.get('sbx-1.inbox.acme')?.partitions).toBe(6);
    expect(topics.get('sbx-1.decisions')?.partitions).toBe(6);
    expect(topics.get('sbx-1.snapshots.policy')?.partitions).toBe(6);
    expect(topics.get('sbx-1.controls')?.partitions).toBe(1);
    expect(topics.get('sbx-1.dlq.gateway')?.partitions).toBe(1);
  });

  it('keep controls for ever, the log for two weeks, and the newest snapshots', () => {
    expect(topics.get('sbx-1.controls')?.config).toMatchObject({ 'cleanup.policy': 'delete', 'retention.ms': '-1' });
    expect(topics.get('sbx-1.decisions')?.config).toMatchObject({ 'cleanup.policy': 'delete', 'retention.ms': '1209600000' });
    expect(topics.get('sbx-1.snapshots.policy')?.config).toMatchObject({ 'cleanup.policy': 'compact' });
  });

  it('let no writer choose the time of its records', () => {
    expect([...topics.values()].every(({ config }) => config['message.timestamp.type'] === 'LogAppendTime')).toBe(true);
  });
});
