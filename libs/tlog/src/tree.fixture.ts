import { Edge } from './edge.js';
import { TlogFault } from './fault.js';
import { partPath } from './layout.js';
import type { TiledTree } from './proof.js';

export const entry = (at: number): Buffer => Buffer.from(`entry ${at}`);

/** The objects of a log of some entries, with a checkpoint due at each of `sizes`. */
export const objectsOf = (sizes: readonly number[]): ReadonlyMap<string, Buffer> => {
  const edge = new Edge();
  const objects = new Map<string, Buffer>();
  for (const size of sizes) {
    while (edge.size < size) edge.append(entry(edge.size));
    for (const { path, bytes } of edge.objects()) objects.set(path, bytes);
  }
  return objects;
};

export const treeOf = (objects: ReadonlyMap<string, Buffer>, size: number): TiledTree => ({
  size,
  read: (part) => {
    const found = objects.get(partPath(part));
    return found ? Promise.resolve(found) : Promise.reject(new TlogFault('object.missing', partPath(part)));
  },
});
