import type { ToolContract } from '@countersign/domain';
import type { Connection } from '../adapters/connections.js';
import type { CredentialBroker, CredentialSource, Errand } from './credential.js';

export type Opened = { readonly kind: 'open'; readonly connection: Connection } | { readonly kind: 'not-sent'; readonly code: string; readonly final: boolean };

/** Puts into a connection what opens it for one action. */
export const openConnection = async (connection: Connection, tool: ToolContract, errand: Errand, { broker, canSign }: { readonly broker: CredentialBroker; readonly canSign: boolean }, signal: AbortSignal): Promise<Opened> => {
  const differs: Opened = { kind: 'not-sent', code: 'credential.provider-differs', final: true };
  // What opens a program is in what it is started with.
  if (!('url' in connection)) return tool.credential === undefined ? { kind: 'open', connection } : differs;
  const { token, credential, ...place } = connection;
  const source: CredentialSource | undefined = credential ?? (token === undefined ? undefined : { provider: 'fixed', token });
  if (!source) return tool.credential === undefined ? { kind: 'open', connection } : differs;
  if (source.provider === 'aws-sts' && !canSign) return { kind: 'not-sent', code: 'credential.kind-unusable', final: true };
  const brokered = await broker.credentialFor({ source, tool, errand }, signal);
  if (brokered.kind === 'none') return { kind: 'not-sent', code: brokered.code, final: brokered.final };
  const given = brokered.credential;
  if (given.kind === 'bearer') return { kind: 'open', connection: { ...place, token: given.value } };
  if (source.provider !== 'aws-sts') return { kind: 'not-sent', code: 'credential.kind-unusable', final: true };
  // Loaded only where something is signed.
  const { awsSigner } = await import('./request-signer.js');
  return { kind: 'open', connection: { ...place, sign: awsSigner(given.value, source) } };
};
