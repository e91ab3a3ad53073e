import { describe, expect, it } from 'vitest';
import { tellingOf } from './told.js';

const told = (verifier: string): Buffer => Buffer.from(JSON.stringify({ type: 'countersign.checkpoint.published', data: { topic: 'tasks', partition: 0, next: 1, verifier, checkpoint: 'c' } }));

describe('what the anchor is told of a log', () => {
  it.each([
    ['ledger.example/countersign/tasks/0+1a2b3c4d+AXJvb3Q', 0],
    ['ledger.example/countersign/tasks/0/e2+1a2b3c4d+AXJvb3Q', 2],
    // One key in some 45,000 has the like among its letters.
    ['ledger.example/countersign/tasks/0+1a2b3c4d+AXJ/e7+vb3Q', 0],
    ['ledger.example/countersign/tasks/0/e2+1a2b3c4d+AXJ/e7+vb3Q', 2],
  ])('has its epoch in the name of its key, whatever the key is: %s', (verifier, epoch) => {
    expect(tellingOf(told(verifier))).toMatchObject({ topic: 'tasks', epoch, verifier });
  });

  it('is nothing in a record of something else', () => {
    expect([tellingOf(null), tellingOf(Buffer.from('{"type":"countersign.key.shredded","data":{}}'))]).toEqual([undefined, undefined]);
  });
});
