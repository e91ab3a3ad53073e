import { canonicalJson, SEALED_CLASSES, type JsonObject } from '@countersign/kernel';
import { ClassedFields, schemaAt, type ChangeValue, type DocumentFault, type ToolContract } from '@countersign/domain';
import { placeholdersOf } from '../placeholders.js';

type Preview = NonNullable<ToolContract['preview']>;

const valueFaults = (value: ChangeValue | undefined, args: JsonObject, pointer: string): DocumentFault[] => {
  if (value?.from === 'sum') return value.of.flatMap((each, index) => valueFaults(each, args, `${pointer}/sum/${index}`));
  return value?.from === 'arg' && schemaAt(args, value.pointer).closed ? [{ pointer, message: `the arguments have nothing at \`${value.pointer}\`` }] : [];
};

/**
 * What is shown stays in the log, in clear. The answer to the request of a preview has no schema of its own: what is personal, secret or withheld
 * in it is told by where the result has it, and by the names that result and arguments have for it.
 */
const shownFaults = ({ args, result, withhold = [], pick, readBack }: ToolContract, changes: Preview['changes'], at: string): DocumentFault[] => {
  const given = new ClassedFields(args, new Set(SEALED_CLASSES));
  const returned = new ClassedFields(result, new Set([...SEALED_CLASSES, ...withhold]));
  for (const [name, pointer] of [...Object.entries(pick ?? {}), ...Object.entries(readBack?.pick ?? {})]) returned.rename(name, pointer);
  const isHidden = ({ from, pointer }: Extract<ChangeValue, { readonly pointer: string }>): boolean =>
    from === 'arg' ? given.isAt(pointer) : returned.isAt(pointer) || returned.isNamed(pointer) || given.isNamed(pointer);
  const faultsOf = (value: ChangeValue | undefined, pointer: string): DocumentFault[] => {
    if (value === undefined || value.from === 'value') return [];
    if (value.from === 'sum') return value.of.flatMap((each, index) => faultsOf(each, `${pointer}/sum/${index}`));
    return isHidden(value) ? [{ pointer, message: `\`${value.pointer}\` may be personal, secret or withheld, and what is shown stays in the log: name a field that no schema of the tool marks so` }] : [];
  };
  return changes.flatMap(({ now, after }, index) => [...faultsOf(now, `${at}/changes/${index}/now`), ...faultsOf(after, `${at}/changes/${index}/after`)]);
};

/** What makes a preview no safe thing to ask for, or one that can show nothing. Its request as such is checked like any other. */
export const previewFaults = (tool: ToolContract): DocumentFault[] => {
  const { preview, request, effect, credential } = tool;
  if (!preview) return [];
  const at = `/preview/${preview.kind === 'dry-run' ? 'dry_run' : 'read'}`;
  const { path, query, headers, body } = preview.request;
  const fields = preview.changes.map(({ field }) => field);
  return [
    ...(effect === 'read' ? [{ pointer: '/preview', message: 'a tool that only reads changes nothing that could be shown' }] : []),
    ...(credential === 'token-exchange' ? [{ pointer: '/preview', message: 'a credential that is exchanged for the token of a grant cannot be had before there is one' }] : []),
    ...(canonicalJson(preview.request) === canonicalJson(request) ? [{ pointer: `${at}/request`, message: 'is the request of the action itself' }] : []),
    // A system that remembers keys would take the action for a repeat of its own dry run.
    ...(placeholdersOf([path, query, headers, body ?? null]).includes('idempotency_key') ? [{ pointer: `${at}/request`, message: 'must not be sent `{idempotency_key}`: that is the key of the action' }] : []),
    ...preview.changes.flatMap(({ now, after }, index) => [...valueFaults(now, tool.args, `${at}/changes/${index}/now`), ...valueFaults(after, tool.args, `${at}/changes/${index}/after`)]),
    ...shownFaults(tool, preview.changes, at),
    ...fields.flatMap((field, index) => (fields.indexOf(field) < index ? [{ pointer: `${at}/changes/${index}/field`, message: `\`${field}\` is there twice` }] : [])),
  ];
};
