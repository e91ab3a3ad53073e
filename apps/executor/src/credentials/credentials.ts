import type { Clock, Instant } from '@countersign/kernel';
import { assumeRole } from './aws-sts.js';
import { given, none, noneNow, type Brokered, type Credential, type CredentialBroker, type CredentialRequest, type CredentialSource } from './credential.js';
import { fixed, fromEnvironment, fromFile } from './plain-providers.js';
import { exchangeToken } from './token-exchange.js';

/** Namespaces of sandboxes: what runs there is tried out, and must not be able to reach anything real. */
const SANDBOX = /^sbx-/;
/** A server rounds to seconds. What lives this much longer than the grant is taken for ending with it. */
const LEEWAY_MS = 1_000;
const MS_PER_SECOND = 1_000;
/** Actions under way in one process are fewer. */
const KEPT = 5_000;

export interface CredentialsOptions {
  readonly namespace: string;
  /** Variables that the executor was allowed to take, by name. */
  readonly variables: ReadonlyMap<string, string>;
  readonly clock: Clock;
}

/** The credential broker. What it gives is for one action under one grant, and is kept for nothing but further attempts at that. */
export class Credentials implements CredentialBroker {
  /** By grant, and so by tenant, tool and action. */
  private readonly kept = new Map<string, Credential>();

  constructor(private readonly options: CredentialsOptions) {}

  async credentialFor(request: CredentialRequest, signal: AbortSignal): Promise<Brokered> {
    const { errand, source, tool } = request;
    if (SANDBOX.test(this.options.namespace)) return none('credential.sandbox');
    if ((tool.credential === 'token-exchange') !== (source.provider === 'oauth-token-exchange')) return none('credential.provider-differs');
    const now = this.options.clock.now();
    const ends = errand.exp * MS_PER_SECOND;
    const known = this.kept.get(errand.jti);
    if (known && !isOver(known, now)) return given(known);
    this.kept.delete(errand.jti);
    if (isMadeForOne(source) && now >= ends) return none('credential.grant-over');
    const brokered = await inTime(() => this.ask(request, now, signal), signal);
    if (brokered.kind === 'none') return brokered;
    const { expiresAt } = brokered.credential;
    if (tool.longLivedCredential !== true && (expiresAt ?? Infinity) > ends + LEEWAY_MS) return none('credential.long-lived');
    // What does not end by itself costs nothing to look up again, and may have been exchanged meanwhile.
    return expiresAt === undefined ? brokered : given(this.keep(errand.jti, { ...brokered.credential, expiresAt: Math.min(expiresAt, ends) as Instant }));
  }

  forget(jti: string): void {
    this.kept.delete(jti);
  }

  private async ask({ source, tool, errand }: CredentialRequest, now: Instant, signal: AbortSignal): Promise<Brokered> {
    switch (source.provider) {
      case 'fixed':
        return fixed(source);
      case 'file':
        return fromFile(source, errand);
      case 'environment':
        return fromEnvironment(source, errand, this.options.variables);
      case 'oauth-token-exchange':
        return exchangeToken(source, errand, now, signal);
      case 'aws-sts':
        return assumeRole(source, { tool, errand }, signal);
    }
  }

  private keep(jti: string, credential: Credential): Credential {
    this.kept.set(jti, credential);
    if (this.kept.size > KEPT) this.kept.delete(this.kept.keys().next().value ?? '');
    return credential;
  }
}

/** Sources that make a credential for each action, instead of showing the one there is. */
const isMadeForOne = ({ provider }: CredentialSource): boolean => provider === 'oauth-token-exchange' || provider === 'aws-sts';

const isOver = ({ expiresAt }: Credential, now: Instant): boolean => expiresAt !== undefined && now >= expiresAt;

/** Whatever a provider does or does not do: there is an answer by the deadline, and none of its faults gets out, because they may carry what was sent. */
const inTime = async (ask: () => Promise<Brokered>, signal: AbortSignal): Promise<Brokered> => {
  const { promise: late, resolve } = Promise.withResolvers<Brokered>();
  const onAbort = (): void => resolve(noneNow('credential.timeout'));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    if (signal.aborted) return noneNow('credential.timeout');
    const brokered = await Promise.race([late, ask().catch(() => noneNow('credential.unavailable'))]);
    return signal.aborted && brokered.kind === 'none' ? noneNow('credential.timeout') : brokered;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
};
