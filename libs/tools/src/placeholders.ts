import { isJsonObject, type Json } from '@countersign/kernel';

/** `{{` and `}}` stand for braces, `{name}` for a value. */
export const PLACEHOLDER = /\{\{|\}\}|\{([^{}]+)\}/g;

/** Names of all placeholders in the texts of a template. */
export const placeholdersOf = (template: Json): string[] => {
  if (typeof template === 'string') return [...template.matchAll(PLACEHOLDER)].flatMap(([, name]) => (name === undefined ? [] : [name]));
  if (Array.isArray(template)) return template.flatMap((item: Json) => placeholdersOf(item));
  return isJsonObject(template) ? Object.values(template).flatMap(placeholdersOf) : [];
};
