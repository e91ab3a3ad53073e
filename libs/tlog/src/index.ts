export { EMPTY_ROOT, HASH_BYTES, leafHash, nodeHash, rootFromPath, treeRoot, treeWithPaths } from './merkle.js';
