import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import type { AwsKeys, AwsStsSource } from './credential.js';

/** A request as it goes out. */
export interface SignableRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Gives the headers to send it with. */
export type RequestSigner = (request: SignableRequest) => Promise<Record<string, string>>;

type Data = string | ArrayBuffer | ArrayBufferView;

/** SHA-256 in the form that the signer asks for. */
class Sha256 {
  private readonly hash: Hash | Hmac;

  constructor(secret?: Data) {
    this.hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret));
  }

  update(data: Data): void {
    this.hash.update(bytesOf(data));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.hash.digest());
  }

  /** The signer makes a new one for each. */
  reset(): void {
    throw new Error('it is used once');
  }
}

const bytesOf = (data: Data): string | Uint8Array => {
  if (typeof data === 'string') return data;
  return ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data);
};

/** A name that comes more than once keeps all its values. */
const queryOf = ({ searchParams }: URL): Record<string, string[]> => Object.fromEntries([...new Set(searchParams.keys())].map((name) => [name, searchParams.getAll(name)]));

/** S3 takes a path as it is; everything else takes it encoded once more. */
const PATH_AS_IT_IS = 's3';

/** Signs requests of a tool with AWS Signature Version 4. */
export const awsSigner = (keys: AwsKeys, { region, service }: Pick<AwsStsSource, 'region' | 'service'>): RequestSigner => {
  const signer = new SignatureV4({ credentials: keys, region, service, sha256: Sha256, uriEscapePath: service !== PATH_AS_IT_IS, applyChecksum: true });
  return async ({ method, url, headers, body }) => {
    const signed = await signer.sign({
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: queryOf(url),
      headers: { ...headers, host: url.host },
      ...(body !== undefined && { body }),
    });
    // It follows from the URL.
    const { host: _host, ...sent } = signed.headers;
    return sent;
  };
};
