import type { ExecutionWork } from '@countersign/domain';
import type { Grant, GrantSource } from './grant-log.js';

/** Grants under way in one process are fewer: the pool takes a few hundred at a time. */
const REMEMBERED = 5_000;

/** Keeps grants from their verification to their use, so that only a restored attempt has to read the log again. */
export class GrantMemory implements GrantSource {
  private readonly grants = new Map<string, Grant>();

  constructor(private readonly log: GrantSource) {}

  remember(grant: Grant): void {
    this.grants.set(grant.data.jti, grant);
    if (this.grants.size > REMEMBERED) this.grants.delete(this.grants.keys().next().value ?? '');
  }

  async grantOf(work: Pick<ExecutionWork, 'jti' | 'grant' | 'tenant' | 'workflow'>): Promise<Grant> {
    const known = this.grants.get(work.jti);
    return known?.id === work.grant.id ? known : this.log.grantOf(work);
  }

  forget(jti: string): void {
    this.grants.delete(jti);
  }
}
