import { schemaId } from './define-event.js';

/** Turns the payload of one version into that of the next. */
export type Upcaster = (data: never) => object;

/** By schema id of the version that is read: one step each, so that a new version adds one entry. */
export type Upcasters = Readonly<Record<string, Upcaster>>;

/** Every published version but the newest of each type has an entry; a test says so. */
export const UPCASTERS: Upcasters = {};

/**
 * Brings a payload from the version that was written to the newest one. It runs after hash and signature were checked,
 * which are over the bytes as they were written. Deciders see the newest version only.
 */
export const upcast = (type: string, from: number, newest: number, data: object, upcasters: Upcasters = UPCASTERS): object => {
  let current = data;
  for (let version = from; version < newest; version += 1) {
    const step = upcasters[schemaId(type, version)];
    if (!step) throw new Error(`no upcaster from ${schemaId(type, version)}`);
    current = step(current as never);
  }
  return current;
};
