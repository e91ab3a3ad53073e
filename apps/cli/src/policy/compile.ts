import { CountersignError } from '@countersign/kernel';
import { cedarSchemaText, cedarText, opaData, type EngineName, type Slice } from '@countersign/policy-engines';
import type { Action } from '../command-context.js';
import { DEFAULT_CONFIG_DIR } from '../config/load-files.js';
import { unknownName } from '../terminal/unknown-name.js';
import { folderBook, type RuleBook } from './rule-book.js';

export interface CompileOptions {
  readonly tool?: string;
  readonly schema?: boolean;
  readonly engine: EngineName;
}

const slicesOf = ({ set, name }: RuleBook, tool: string | undefined): readonly Slice[] => {
  const slices = [...set.slices.values()].toSorted((a, b) => (a.tool < b.tool ? -1 : 1));
  if (slices.length === 0) throw new CountersignError('CONFIG_INVALID', `there are no tools in \`${name}\`, so there is nothing to compile`);
  if (tool === undefined) return slices;
  const slice = set.slices.get(tool);
  if (!slice) throw unknownName('tool', tool, slices.map((each) => each.tool));
  return [slice];
};

/** Cedar has a policy for each statement. */
const cedarForm = (slice: Slice, schema: boolean | undefined): string => (schema ? cedarSchemaText(slice) : cedarText(slice)).trimEnd();

/** What decides, in the engine's own form: Cedar's policies, with comments; for OPA the data that its one Rego policy reads. */
export const compilePolicies: Action<CompileOptions> = async (context, { args: [dir = DEFAULT_CONFIG_DIR], options: { tool: only, schema, engine } }) => {
  if (schema && engine !== 'cedar') throw new CountersignError('USAGE', 'only Cedar validates against a schema', { hint: 'leave `--schema` or `--engine` out' });
  if (schema && only === undefined) throw new CountersignError('USAGE', 'each tool has a schema of its own', { hint: 'name one with `--tool`' });
  const { terminal } = context;
  const book = folderBook(context, dir, 'policy compile DIR');
  const { hash } = book.set;
  const slices = slicesOf(book, only);
  if (engine === 'opa') {
    const data = opaData({ ...book.set, slices: new Map(slices.map((slice) => [slice.tool, slice])) });
    terminal.result(
      () => JSON.stringify(data, undefined, 2),
      () => ({ engine, policySet: hash, data }),
    );
    terminal.message(`the data of policy set ${hash}, which libs/policy-engines/opa/policy.rego reads`);
    return;
  }
  const tools = slices.map((slice) => ({ tool: slice.tool, text: cedarForm(slice, schema) }));
  terminal.result(
    () => [`// policy set ${hash}`, ...tools.map(({ tool, text }) => `// ${tool}\n${text}`)].join('\n\n'),
    () => ({ engine, policySet: hash, form: schema ? 'schema' : 'policies', tools }),
  );
};
