import { timingSafeEqual } from 'node:crypto';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { CountersignError, sha256Bytes } from '@countersign/kernel';

interface Asked {
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** Says nothing that is worth a secret, and is asked by programs that have none. */
export const HEALTH_PATH = '/healthz';

/** Whoever may read the token file may ask. Throws `UNAUTHENTICATED`. */
export class TokenGuard implements CanActivate {
  private readonly expected: Buffer;

  constructor(token: string) {
    this.expected = sha256Bytes(token);
  }

  canActivate(context: ExecutionContext): boolean {
    const { path, headers } = context.switchToHttp().getRequest<Asked>();
    if (path === HEALTH_PATH) return true;
    const [, token] = /^Bearer ([\x21-\x7e]{1,512})$/i.exec(headers['authorization'] ?? '') ?? [];
    // Hashes are of one length, so the time it takes tells nothing of the token.
    if (token !== undefined && timingSafeEqual(sha256Bytes(token), this.expected)) return true;
    throw new CountersignError('UNAUTHENTICATED', 'the request carries no valid token', { hint: 'send `authorization: Bearer ...` with the content of the ledger’s token file' });
  }
}
