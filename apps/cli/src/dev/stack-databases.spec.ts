import { describe, expect, it } from 'vitest';
import { databaseOf, examplesDatabaseOf } from './stack-databases.js';

describe('the databases of a stack', () => {
  it('bear the name of its namespace, so that two stacks on one server do not share any', () => {
    expect(['countersign', 'sbx-1'].map(databaseOf)).toEqual(['countersign', 'sbx_1']);
    expect(['countersign', 'sbx-1'].map(examplesDatabaseOf)).toEqual(['refund_desk', 'sbx_1_refund_desk']);
  });
});
