import { days, isJsonObject, pointerPart, type Json, type JsonObject } from '@countersign/kernel';
import { MAX_UNDO_WINDOW, mayBeOfOthers, RESERVED_PLACEHOLDERS, schemaAt, type AttributeUnit, type DocumentFault, type Matcher, type RequestTemplate, type ToolContract } from '@countersign/domain';
import { adapterFaults } from './adapter-faults.js';
import { descriptionHashOf } from './description-hash.js';
import { previewFaults } from './preview-faults.js';
import { looseBraces, placeholdersOf } from '../placeholders.js';

/** Headers that say who asks and how the message is framed: they are the executor's, never a tool's. */
const HEADERS_OF_THE_EXECUTOR = new Set(['authorization', 'connection', 'content-length', 'cookie', 'host', 'proxy-authorization', 'te', 'trailer', 'transfer-encoding', 'upgrade']);

/** Types that an argument of a unit may have. What may be null may be absent, and denies where a rule needs it. */
const COUNTED: Readonly<Record<Exclude<AttributeUnit, 'text'>, readonly string[]>> = { 'usd-cents': ['integer', 'null'], count: ['integer', 'null'], usd: ['integer', 'number', 'string', 'null'] };

/** What the shape of a tool file cannot say: whether its parts fit together. */
export const toolFaults = (tool: ToolContract): DocumentFault[] => {
  const faults: DocumentFault[] = [];
  if (tool.descriptionHash !== undefined && tool.descriptionHash !== descriptionHashOf(tool)) {
    faults.push({ pointer: '/description_hash', message: 'is not the hash of this description and these arguments: they were changed after somebody pinned them, so the tool is quarantined; `tools pin` pins them anew' });
  }
  const properties: Json | undefined = tool.args['properties'];
  const args = isJsonObject(properties) ? properties : {};
  const known = new Set([...Object.keys(args), ...RESERVED_PLACEHOLDERS]);
  for (const name of RESERVED_PLACEHOLDERS) {
    if (Object.hasOwn(args, name)) faults.push({ pointer: `/args/properties/${name}`, message: `\`${name}\` is a name of the action: no argument can be called so` });
  }
  faults.push(...requestFaults(tool.request, tool.args, known, '/request'));
  if (tool.readBack) {
    const { request, find, pages, expect, invariants = [] } = tool.readBack;
    for (const [index, { by }] of invariants.entries()) if (pages && by !== undefined) faults.push({ pointer: `/read_back/invariants/${index}/by`, message: 'a list that comes in pages is never seen whole, so its items cannot be added' });
    faults.push(...requestFaults(request, tool.args, known, '/read_back/request'));
    faults.push(...matcherFaults(find?.where ?? {}, known, '/read_back/find/where'), ...matcherFaults(expect, known, '/read_back/expect'));
    if (pages && !find) faults.push({ pointer: '/read_back/pages', message: 'only a list has pages: `find` says where it is' });
    if (pages && Object.hasOwn(request.query, pages.parameter)) faults.push({ pointer: '/read_back/pages/parameter', message: `\`${pages.parameter}\` is in the query already` });
    if (tool.effect === 'read') faults.push({ pointer: '/read_back', message: 'a tool that only reads has no effect to look at' });
  }
  if (tool.preview) faults.push(...requestFaults(tool.preview.request, tool.args, known, `/preview/${tool.preview.kind === 'dry-run' ? 'dry_run' : 'read'}/request`), ...previewFaults(tool));
  faults.push(...undoFaults(tool));
  for (const [name, { arg, unit }] of Object.entries(tool.attributes)) {
    const place = schemaAt(tool.args, arg);
    const pointer = `/attributes/${name}/arg`;
    if (place.closed) faults.push({ pointer, message: `the arguments have nothing at \`${arg}\`` });
    else if (unit !== 'text' && place.types && !place.types.every((type) => COUNTED[unit].includes(type))) faults.push({ pointer, message: `\`${unit}\` is ${unit === 'usd' ? 'an amount' : 'a whole number'}, and \`${arg}\` is ${place.types.join(' or ')}` });
  }
  faults.push(...adapterFaults(tool), ...placeFaults(tool), ...vouchingFaults(tool));
  if (tool.outsideId !== undefined && schemaAt(tool.result, tool.outsideId).closed) faults.push({ pointer: '/outside_id', message: `the result has nothing at \`${tool.outsideId}\`` });
  return faults;
};

/** Every pointer has to lead to something that the schemas allow: a typing error there would guard nothing. */
const placeFaults = (tool: ToolContract): DocumentFault[] => {
  const inArgs = [
    ...tool.destinations.map(({ arg }, index) => [`/destinations/${index}/arg`, arg] as const),
    ...tool.fromTask.map((arg, index) => [`/from_task/${index}`, arg] as const),
    ...(tool.stepUp === undefined ? [] : [['/step_up', tool.stepUp] as const]),
    ...Object.entries(tool.resources).map(([name, arg]) => [`/resources/${name}`, arg] as const),
    ...(tool.fields === undefined ? [] : [['/fields', tool.fields] as const]),
    ...(tool.records === undefined ? [] : [['/records', tool.records] as const]),
    ...(tool.scan ?? []).map((arg, index) => [`/scan/${index}`, arg] as const),
  ];
  const inResult = [
    ...tool.vouchesFor.map(({ result }, index) => [`/vouches_for/${index}/result`, result] as const),
    ...Object.entries(tool.resultLimits).map(([name, result]) => [`/result_limits/${name}`, result] as const),
  ];
  const none = (schema: JsonObject, what: string, places: readonly (readonly [string, string])[]): DocumentFault[] =>
    // An item of a list stands for all of them, and `0` is one.
    places.filter(([, at]) => schemaAt(schema, at.replaceAll('/*', '/0')).closed).map(([pointer, at]) => ({ pointer, message: `${what} nothing at \`${at}\`` }));
  const unknown = Object.keys(tool.resultLimits).filter((name) => !Object.hasOwn(tool.attributes, name));
  return [
    ...none(tool.args, 'the arguments have', inArgs),
    ...none(tool.result, 'the result has', inResult),
    ...unknown.map((name) => ({ pointer: `/result_limits/${name}`, message: `\`${name}\` is no attribute of the tool` })),
  ];
};

/** The word of strangers vouches for nothing. */
const vouchingFaults = ({ vouchesFor, resultTrust, result }: ToolContract): DocumentFault[] => {
  if (resultTrust === 'untrusted') return vouchesFor.length > 0 ? [{ pointer: '/vouches_for', message: 'anybody may have written what the tool returns: only a tool with `result_trust: trusted` vouches for places' }] : [];
  return vouchesFor.flatMap(({ result: at }, index) => (mayBeOfOthers(result, at) ? [{ pointer: `/vouches_for/${index}/result`, message: `\`${at}\` is \`x-trust: untrusted\`: what others wrote vouches for nothing` }] : []));
};

const requestFaults = (request: RequestTemplate, args: JsonObject, known: ReadonlySet<string>, pointer: string): DocumentFault[] => {
  const faults: DocumentFault[] = [];
  for (const [field, template] of Object.entries({ path: request.path, query: request.query, headers: request.headers, body: request.body ?? null })) {
    faults.push(...templateFaults(template, known, `${pointer}/${field}`));
  }
  const required = Array.isArray(args['required']) ? args['required'] : [];
  for (const name of placeholdersOf(request.path)) {
    if (known.has(name) && !RESERVED_PLACEHOLDERS.some((reserved) => reserved === name) && !required.includes(name)) faults.push({ pointer: `${pointer}/path`, message: `\`{${name}}\` stands in the path, so the argument has to be required` });
  }
  for (const name of Object.keys(request.headers)) {
    if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name)) faults.push({ pointer: `${pointer}/headers/${name}`, message: 'is no name of a header' });
    else if (HEADERS_OF_THE_EXECUTOR.has(name.toLowerCase())) faults.push({ pointer: `${pointer}/headers/${name}`, message: 'is set by the executor alone' });
  }
  if (request.method === 'GET' && request.body !== undefined) faults.push({ pointer: `${pointer}/body`, message: 'a GET request has no body' });
  return faults;
};

/** Whether the other tool takes what it is given is checked between files. */
const undoFaults = ({ effect, args, result, compensation, undoWindow }: ToolContract): DocumentFault[] => [
  ...(compensation && effect === 'read' ? [{ pointer: '/compensation', message: 'a tool that only reads has nothing to undo' }] : []),
  ...(undoWindow !== undefined && !compensation ? [{ pointer: '/undo_window', message: 'goes with `compensation`, which says what undoes it' }] : []),
  ...(undoWindow !== undefined && undoWindow > MAX_UNDO_WINDOW ? [{ pointer: '/undo_window', message: `must be at most ${MAX_UNDO_WINDOW / days(1)}d` }] : []),
  ...Object.entries(compensation?.args ?? {}).flatMap(([name, source]) => {
    if (source.from === 'value' || !schemaAt(source.from === 'arg' ? args : result, source.pointer).closed) return [];
    return [{ pointer: `/compensation/args/${pointerPart(name)}`, message: `the ${source.from === 'arg' ? 'arguments have' : 'result has'} nothing at \`${source.pointer}\`` }];
  }),
];

const matcherFaults = (matchers: Readonly<Record<string, Matcher>>, known: ReadonlySet<string>, pointer: string): DocumentFault[] =>
  Object.entries(matchers).flatMap(([key, matcher]) => {
    const template = matcher.op === 'equals' ? matcher.to : matcher.op === 'contains' ? matcher.text : matcher.all;
    return templateFaults(template, known, `${pointer}/${pointerPart(key)}`);
  });

const templateFaults = (template: Json, known: ReadonlySet<string>, pointer: string): DocumentFault[] => [
  ...placeholdersOf(template)
    .filter((name) => !known.has(name))
    .map((name) => ({ pointer, message: `\`{${name}}\` is no argument of the tool` })),
  ...(looseBraces(template) ? [{ pointer, message: 'has a brace that stands alone; `{{` and `}}` are braces' }] : []),
];
