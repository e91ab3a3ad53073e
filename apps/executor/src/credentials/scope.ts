import { atPointer, CountersignError, isJsonObject, type Json } from '@countersign/kernel';
import type { ToolContract } from '@countersign/domain';
import { placeholdersOf, renderTemplate, type Values } from '@countersign/tools';
import type { Errand } from './credential.js';

/** What the text of a source can speak of; `{resource.<name>}` besides, which the tool contract maps from the arguments. */
export const SCOPE_NAMES = ['tenant', 'workflow', 'tool', 'action'] as const;
const RESOURCE = 'resource.';

/** Names in a template that stand for nothing. */
export const unknownNames = (template: string, resources: boolean): readonly string[] =>
  placeholdersOf(template).filter((name) => !SCOPE_NAMES.some((known) => known === name) && !(resources && name.startsWith(RESOURCE)));

/** `action`: the id of the action, which is the same for each of its attempts. Names of tenants, workflows and tools have no separators in them. */
const valuesOf = ({ action }: Errand): Record<string, string> => ({ tenant: action.tenant, workflow: action.workflow, tool: action.tool, action: action.idempotencyKey });

/** Every name was checked when the file was read, and stands for a text. */
const render = (template: string, values: Values): string => {
  const text = renderTemplate(template, values);
  if (typeof text !== 'string') throw new CountersignError('CONFIG_INVALID', `\`${template}\` names something that is no text`);
  return text;
};

export const scoped = (template: string, errand: Errand): string => render(template, valuesOf(errand));

/** In a policy `*` and `?` are patterns and `$` begins a variable, and a `/` would name another place. */
const SAFE_IN_ARN = /^[A-Za-z0-9._@=+,-]{1,200}$/;
const PARENT = /^\.+$/;

/** The same for an ARN; `undefined` where a value is missing or could mean more than itself. */
export const scopedArn = (template: string, errand: Errand, { resources }: Pick<ToolContract, 'resources'>): string | undefined => {
  const values: Record<string, string> = valuesOf(errand);
  for (const name of placeholdersOf(template).filter((placeholder) => placeholder.startsWith(RESOURCE))) {
    const pointer = resources[name.slice(RESOURCE.length)];
    const args: Json = errand.action.args;
    const value = pointer === undefined || !isJsonObject(args) ? undefined : atPointer(args, pointer);
    if (typeof value !== 'string' || !SAFE_IN_ARN.test(value) || PARENT.test(value)) return undefined;
    values[name] = value;
  }
  return render(template, values);
};
