import { describe, expect, it } from 'vitest';
import { viewOf } from '../spec-support/ledger-fixtures.spec-support.js';
import { checksText } from './check.js';

describe('doctor', () => {
  it('says of each thing whether it is well, and what can be done where it is not', () => {
    const checks = [
      { name: 'Node', ok: true, message: '24.21.0' },
      { name: 'machine', ok: false, message: 'Maven is missing: install it' },
      { name: 'kafka', ok: false, code: 'BROKER_UNREACHABLE', message: 'nothing answers at `127.0.0.1:1`', hint: '`countersign dev up` starts it' },
    ];
    expect(checksText(checks, viewOf())).toMatchInlineSnapshot(`
      "ok    Node     24.21.0
      fail  machine  Maven is missing: install it
      fail  kafka    BROKER_UNREACHABLE: nothing answers at \`127.0.0.1:1\`
                     next: \`countersign dev up\` starts it"
    `);
  });
});
