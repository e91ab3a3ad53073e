export { HASH_BYTES, leafHash, rootFromPath, treeRoot, treeWithPaths } from './merkle.js';
