import type { Grant, GrantSource, Question } from './grant-log.js';

/** Grants under way in one process are fewer: the pool takes a few hundred at a time. */
const REMEMBERED = 5_000;

type Place = Parameters<GrantSource['grantOf']>[0];

/** Keeps grants from their verification to their use, so that only a restored attempt has to read the log again. */
export class GrantMemory implements GrantSource {
  private readonly grants = new Map<string, Grant | Question>();

  constructor(private readonly log: GrantSource) {}

  remember(grant: Grant | Question): void {
    const jti = grant.type === 'countersign.action.allowed' ? grant.data.jti : grant.data.preview?.jti;
    if (jti !== undefined) this.grants.set(jti, grant);
    if (this.grants.size > REMEMBERED) this.grants.delete(this.grants.keys().next().value ?? '');
  }

  async grantOf(work: Place): Promise<Grant> {
    const known = this.known(work);
    return known?.type === 'countersign.action.allowed' ? known : this.log.grantOf(work);
  }

  async questionOf(work: Place): Promise<Question> {
    const known = this.known(work);
    return known?.type === 'countersign.approval.required' ? known : this.log.questionOf(work);
  }

  forget(jti: string): void {
    this.grants.delete(jti);
  }

  private known({ jti, grant }: Place): Grant | Question | undefined {
    const known = this.grants.get(jti);
    return known?.id === grant.id ? known : undefined;
  }
}
