import type { GrantData, OpenedToken } from '@countersign/identity';
import type { ToolContract } from '@countersign/domain';
import type { Instant } from '@countersign/kernel';
import type { Reach } from '@countersign/outbound';

/** What a credential is for: one action under one grant. */
export interface Errand extends Pick<GrantData, 'action' | 'jti' | 'exp'> {
  /** The grant's claims as policy has signed them, for who exchanges them; absent where nothing carries any. */
  readonly subjectToken?: () => Promise<OpenedToken>;
}

export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** `expiresAt`: from then on nobody takes it; absent: it is good until somebody revokes it. */
export type Credential =
  | { readonly kind: 'bearer'; readonly value: string; readonly expiresAt?: Instant }
  | { readonly kind: 'aws'; readonly value: AwsKeys; readonly expiresAt: Instant };

export const CREDENTIAL_CODES = {
  'credential.sandbox': 'nothing of a sandbox is given a credential',
  'credential.long-lived': 'it would outlive the grant, and the tool contract does not say `long_lived_credential: true`',
  'credential.grant-over': 'the grant has run out',
  'credential.provider-differs': 'tool contract and connection do not agree on how the credential comes about',
  'credential.kind-unusable': 'the adapter of the tool cannot use a credential of this kind',
  'credential.file-unreadable': 'the file is not there or cannot be read',
  'credential.file-open': 'others than its owner can read the file',
  'credential.empty': 'the file or variable holds no credential that can stand in a header',
  'credential.variable-missing': 'no such variable is given to the executor',
  'credential.resource-unsafe': 'a value that would stand in the session policy could widen it',
  'credential.policy-too-large': 'the session policy is larger than STS takes',
  'credential.refused': 'the server refused to give one',
  'credential.destination-private': 'the server is in a network that the credential does not allow',
  'credential.unavailable': 'the server could not be asked',
  'credential.answer-invalid': 'the answer of the server is not what it must be',
  'credential.scope-wider': 'the server gave more than was asked for',
  'credential.timeout': 'it did not come before the deadline of the attempt',
} as const;

/** Or one of the codes of a grant's token. */
export type CredentialCode = keyof typeof CREDENTIAL_CODES;

/** A credential that cannot be had is no fault: nothing is sent then. `final`: asking again would not help. */
export type Brokered = { readonly kind: 'given'; readonly credential: Credential } | NoCredential;

export interface NoCredential {
  readonly kind: 'none';
  readonly code: string;
  readonly final: boolean;
}

export const given = (credential: Credential): Brokered => ({ kind: 'given', credential });
export const none = (code: CredentialCode): NoCredential => ({ kind: 'none', code, final: true });
export const noneNow = (code: CredentialCode): NoCredential => ({ kind: 'none', code, final: false });

export interface CredentialRequest {
  readonly source: CredentialSource;
  readonly tool: Pick<ToolContract, 'id' | 'credential' | 'longLivedCredential' | 'resources'>;
  readonly errand: Errand;
}

/** Gives credentials for one action under one grant: for its tenant and tool, and for no longer than the grant. It never throws. */
export interface CredentialBroker {
  /** `signal`: the deadline of the attempt, which a wait here counts against. */
  credentialFor(request: CredentialRequest, signal: AbortSignal): Promise<Brokered>;
  /** The grant has come to its end. */
  forget(jti: string): void;
}

/** Where a connection's credential comes from. Placeholders such as `{tenant}` are filled in for each action, see `scope.ts`. */
export type CredentialSource =
  /** As it stands in the connections file. */
  | { readonly provider: 'fixed'; readonly token: string }
  /** A file of mode 0600, read for each action. */
  | { readonly provider: 'file'; readonly path: string }
  /** One of the variables that the executor is allowed to take. */
  | { readonly provider: 'environment'; readonly name: string }
  | TokenExchangeSource
  | AwsStsSource;

/** RFC 8693. Its reach is that of the server. */
export interface TokenExchangeSource extends Reach {
  readonly provider: 'oauth-token-exchange';
  readonly tokenEndpoint: URL;
  readonly clientId: string;
  readonly clientSecretFile: string;
  readonly audience?: string;
  readonly resource?: string;
  readonly scope: string;
}

/** Its reach is that of STS. */
export interface AwsStsSource extends Reach {
  readonly provider: 'aws-sts';
  readonly roleArn: string;
  readonly region: string;
  /** What the requests of the tool are signed for, such as `s3`. */
  readonly service: string;
  /** What the session may do at most, as in an IAM policy, and to which ARNs. */
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly endpoint?: URL;
  /** Both, or neither: then the executor's own environment says who it is, as the AWS SDK finds it. */
  readonly accessKeyId?: string;
  readonly secretAccessKeyFile?: string;
}
