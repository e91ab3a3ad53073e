import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Action } from '@countersign/contracts';
import { loadConfig } from './load-config.js';
import { renderRequest, valuesOf } from './render.js';

const config = loadConfig(path.resolve(import.meta.dirname, '../../../config'), { localPublicKey: 'A'.repeat(43) });

describe('the example configuration', () => {
  it('has no fault', () => {
    expect(config.faults).toEqual([]);
  });

  it('holds every kind of file', () => {
    expect(new Set(config.files.map(({ kind }) => kind))).toEqual(new Set(['contract', 'tool', 'policy', 'playbook', 'approvers', 'tenant']));
  });

  it('leaves the ids of run and action outside with every write, where the system has a place for them', () => {
    const action = { run: 'run-of-it', step: 'step-of-it', idempotencyKey: 'id-of-the-action', args: {} } as unknown as Action;
    const sent = config.documents.tools.flatMap(({ document: { id, effect, adapter, args, request } }) => {
      const asked = Object.fromEntries(Object.keys((args['properties'] ?? {}) as object).map((name) => [name, 'x']));
      return effect === 'write' && adapter !== 'privacy' ? [{ id, request: renderRequest(request, { ...valuesOf(action), ...asked }) }] : [];
    });
    const without = sent.filter(({ request }) => !['run-of-it', 'id-of-the-action'].every((each) => JSON.stringify(request).includes(each)));
    // What is gone has no place for anything, and a label is a word and nothing else.
    expect(without.map(({ id }) => id).toSorted()).toEqual(['crm.customer.delete', 'github.labels.add']);
    expect(new Set(sent.flatMap(({ request: { headers } }) => headers['X-Action-Id'] ?? []))).toEqual(new Set(['id-of-the-action']));
  });

  it('lets every write be looked at afterwards, but for the export that policy limits', () => {
    const blind = config.documents.tools.filter(({ document }) => document.effect === 'write' && document.adapter !== 'privacy' && !document.readBack).map(({ document }) => document.id);
    expect(blind).toEqual(['crm.export']);
  });
});
