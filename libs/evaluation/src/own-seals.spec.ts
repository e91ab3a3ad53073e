import { sealedText, sealOf, type JsonObject, type RunId } from '@countersign/kernel';
import { describe, expect, it } from 'vitest';
import { withOwnSeals } from './own-seals.js';
import type { RecordedCall } from './recorded-call.js';
import { placeOf } from './recorded-run.js';

const RUN = 'run-AbCdEfGhIjKlMnOpQrStUv' as RunId;
const sealed = (run: string, text: string, tenant = 'acme'): string => sealedText(`${Buffer.from(JSON.stringify({ kid: 'k'.repeat(22), tenant, run, class: 'personal', commitment: 'c'.repeat(43) })).toString('base64url')}..AA.${text}.AA`);
const TO = sealed(RUN, 'Ines');
const OTHER = sealed(RUN, 'Mei');

const call = (to: string, task: JsonObject = { receipt_to: TO }): RecordedCall => ({ id: 'receipt', tenant: 'acme', workflow: 'refund-desk', task, history: [{ tool: 'crm.get', args: { of: OTHER }, untrusted: false, result: { mails: [TO, OTHER] } }], tool: 'receipts.send', args: { charge_id: 'ch_5006', to } });

describe('what was sealed for the run of a recorded call', () => {
  const { args, task, history } = withOwnSeals(call(TO), RUN);

  it('is sealed for the run that the call is decided in, and what is the same stays the same', () => {
    expect(sealOf(args['to'])).toMatchObject({ run: placeOf(call(TO)).run, tenant: 'acme', class: 'personal' });
    expect(task).toEqual({ receipt_to: args['to'] });
    expect(history[0]?.result).toEqual({ mails: [args['to'], history[0]?.args?.['of']] });
    expect(history[0]?.args?.['of']).not.toBe(args['to']);
  });

  it('is there no longer, nor who could read it', () => expect(JSON.stringify({ args, task, history })).not.toMatch(/Ines|Mei|kkkk|cccc/));

  it.each([
    ['another run', sealed('run-BbCdEfGhIjKlMnOpQrStUv', 'Ines')],
    ['another tenant', sealed(RUN, 'Ines', 'globex')],
    ['nobody', 'sealed:AA..AA.AA.AA'],
  ])('and what was sealed for %s is sealed for others still', (_, foreign) => {
    expect(sealOf(withOwnSeals(call(foreign), RUN).args['to'])?.run).not.toBe(placeOf(call(TO)).run);
  });
});
