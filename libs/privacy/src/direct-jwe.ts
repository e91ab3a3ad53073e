/** Whoever seals and opens nothing does not wait for the library that does. */
const library = () => import('jose');

export const CONTENT_ENCRYPTION = 'A256GCM';

/** A compact JWE under a key of 32 bytes that both sides have (`alg: dir`). The header is covered by the tag. */
export const encryptDirectly = async (plaintext: Uint8Array, secret: Uint8Array, header: { readonly alg: 'dir'; readonly enc: typeof CONTENT_ENCRYPTION; readonly [name: string]: string }): Promise<string> => {
  const { CompactEncrypt } = await library();
  return new CompactEncrypt(plaintext).setProtectedHeader(header).encrypt(secret);
};

/** Throws where the key is another one, or a byte was changed. */
export const decryptDirectly = async (jwe: string, secret: Uint8Array): Promise<Uint8Array> => {
  const { compactDecrypt } = await library();
  return (await compactDecrypt(jwe, secret, { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: [CONTENT_ENCRYPTION] })).plaintext;
};
