import { canonicalJson, type JsonObject } from '@countersign/kernel';
import { schemaAt, type ChangeValue, type DocumentFault, type ToolContract } from '@countersign/domain';
import { placeholdersOf } from '../placeholders.js';

const valueFaults = (value: ChangeValue | undefined, args: JsonObject, pointer: string): DocumentFault[] => {
  if (value?.from === 'sum') return value.of.flatMap((each, index) => valueFaults(each, args, `${pointer}/sum/${index}`));
  return value?.from === 'arg' && schemaAt(args, value.pointer).closed ? [{ pointer, message: `the arguments have nothing at \`${value.pointer}\`` }] : [];
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
    ...fields.flatMap((field, index) => (fields.indexOf(field) < index ? [{ pointer: `${at}/changes/${index}/field`, message: `\`${field}\` is there twice` }] : [])),
  ];
};
