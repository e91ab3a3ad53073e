import { given, none, type Brokered, type CredentialSource, type Errand } from './credential.js';
import { scoped } from './scope.js';
import { readSecretFile } from './secret-file.js';

type Source<Provider extends CredentialSource['provider']> = Extract<CredentialSource, { readonly provider: Provider }>;

/** What can stand in a header behind `Bearer`, and a header of any length is none. */
const TOKEN = /^[\u0021-\u007e]{1,8192}$/;

const bearer = (text: string): Brokered => (TOKEN.test(text) ? given({ kind: 'bearer', value: text }) : none('credential.empty'));

export const fixed = ({ token }: Source<'fixed'>): Brokered => bearer(token);

/** Read anew each time, so that whoever exchanges the file has nothing to restart. */
export const fromFile = ({ path }: Source<'file'>, errand: Errand): Brokered => {
  const file = readSecretFile(scoped(path, errand));
  return 'text' in file ? bearer(file.text) : file;
};

/** `variables`: those that the executor was allowed to take, by name. In a name a tenant is in upper case: `{tenant}` of `acme-eu` is `ACME_EU`. */
export const fromEnvironment = ({ name }: Source<'environment'>, errand: Errand, variables: ReadonlyMap<string, string>): Brokered => {
  const value = variables.get(scoped(name, errand).toUpperCase().replaceAll(/[^A-Z0-9]/g, '_'));
  return value === undefined ? none('credential.variable-missing') : bearer(value);
};
