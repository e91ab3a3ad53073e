import { isJsonObject, type Json } from '@countersign/kernel';

/** `{{` and `}}` stand for braces, `{name}` for a value. */
export const PLACEHOLDER = /\{\{|\}\}|\{([^{}]+)\}/g;

/** Names of all placeholders in the texts of a template. */
export const placeholdersOf = (template: Json): string[] => {
  if (typeof template === 'string') return [...template.matchAll(PLACEHOLDER)].flatMap(([, name]) => (name === undefined ? [] : [name]));
  if (Array.isArray(template)) return template.flatMap((item: Json) => placeholdersOf(item));
  return isJsonObject(template) ? Object.values(template).flatMap(placeholdersOf) : [];
};

/** Whether a brace of a template belongs to no placeholder: most likely a placeholder that was mistyped. */
export const looseBraces = (template: Json): boolean => {
  if (typeof template === 'string') return /[{}]/.test(template.replace(PLACEHOLDER, ''));
  if (Array.isArray(template)) return template.some((item: Json) => looseBraces(item));
  return isJsonObject(template) && Object.values(template).some(looseBraces);
};
