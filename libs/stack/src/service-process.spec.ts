import { describe, expect, it } from 'vitest';
import { SHUTDOWN_DEADLINE } from '@countersign/kernel';
import { servicePlans } from './service-process.js';

describe('a service that is told to stop', () => {
  it('is killed only after the time that it allows itself', () => {
    const [plan] = servicePlans({ name: 'planner', entry: 'main.js', env: {} }, '.');
    expect(plan?.stopDeadline).toBeGreaterThan(SHUTDOWN_DEADLINE);
  });
});
