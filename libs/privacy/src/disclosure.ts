import { canonicalJson, CountersignError, isJsonObject, type Json } from '@countersign/kernel';

/** Whoever shows nothing to anybody does not wait for the library that does. */
const library = () => import('jose');

const AGREEMENT = 'ECDH-ES';
const ENCRYPTION = 'A256GCM';
const KEY = /^[A-Za-z0-9_-]{43}$/;

/** A sealed value as a person gets to see it, or why nobody can. */
export type Disclosed = { readonly value: Json } | { readonly code: string };

/** What only one process can read, for as long as it runs: its key is written nowhere. */
export interface Recipient {
  /** Public key, X25519, raw, base64url: what goes with the request. */
  readonly key: string;
  /** Throws `SEAL_INVALID`. */
  open(disclosure: string): Promise<readonly Disclosed[]>;
}

const invalid = (message: string): CountersignError => new CountersignError('SEAL_INVALID', message);

const disclosedIn = (said: Json): Disclosed => {
  const { value, code } = isJsonObject(said) ? said : {};
  return value === undefined ? { code: typeof code === 'string' ? code : 'seal.invalid' } : { value };
};

/** A new recipient, whose private key never leaves this process. */
export const newRecipient = async (): Promise<Recipient> => {
  const { compactDecrypt, exportJWK, generateKeyPair } = await library();
  const { publicKey, privateKey } = await generateKeyPair(AGREEMENT, { crv: 'X25519', extractable: true });
  const { x = '' } = await exportJWK(publicKey);
  return {
    key: x,
    async open(disclosure) {
      const plaintext = await compactDecrypt(disclosure, privateKey, { keyManagementAlgorithms: [AGREEMENT], contentEncryptionAlgorithms: [ENCRYPTION] }).then(
        (opened) => opened.plaintext,
        () => undefined,
      );
      if (plaintext === undefined) throw invalid('what was disclosed was encrypted for somebody else');
      const said: unknown = JSON.parse(Buffer.from(plaintext).toString());
      if (!Array.isArray(said)) throw invalid('what was disclosed is no list of values');
      return (said as readonly Json[]).map(disclosedIn);
    },
  };
};

/** Encrypts values to a recipient. Throws `SEAL_INVALID` for what can be no key. */
export const discloseTo = async (key: string, values: readonly Disclosed[]): Promise<string> => {
  if (!KEY.test(key)) throw invalid('the recipient names no key');
  const { CompactEncrypt, importJWK } = await library();
  const publicKey = await importJWK({ kty: 'OKP', crv: 'X25519', x: key }, AGREEMENT);
  return new CompactEncrypt(Buffer.from(canonicalJson(values as unknown as Json))).setProtectedHeader({ alg: AGREEMENT, enc: ENCRYPTION }).encrypt(publicKey);
};
