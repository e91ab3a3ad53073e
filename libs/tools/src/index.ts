export { readDocument } from './documents/read-document.js';
export { compileSchema } from './json-schema.js';
export type { FaultsOf } from './json-schema.js';
export { nearest } from './nearest.js';
