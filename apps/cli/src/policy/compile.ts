import { CountersignError } from '@countersign/kernel';
import { cedarSchemaText, cedarText, type Slice } from '@countersign/policy-engines';
import type { Action } from '../command-context.js';
import { DEFAULT_CONFIG_DIR } from '../config/load-files.js';
import { unknownName } from '../terminal/unknown-name.js';
import { folderBook, type RuleBook } from './rule-book.js';

export interface CompileOptions {
  readonly tool?: string;
  readonly schema?: boolean;
}

const slicesOf = ({ set, name }: RuleBook, tool: string | undefined): readonly Slice[] => {
  const slices = [...set.slices.values()].toSorted((a, b) => (a.tool < b.tool ? -1 : 1));
  if (slices.length === 0) throw new CountersignError('CONFIG_INVALID', `there are no tools in \`${name}\`, so there is nothing to compile`);
  if (tool === undefined) return slices;
  const slice = set.slices.get(tool);
  if (!slice) throw unknownName('tool', tool, slices.map((each) => each.tool));
  return [slice];
};

/** What decides, in the engine's own language; comments are part of that language, so that the whole output is one file of it. */
export const compilePolicies: Action<CompileOptions> = async (context, { args: [dir = DEFAULT_CONFIG_DIR], options }) => {
  if (options.schema && options.tool === undefined) throw new CountersignError('USAGE', 'each tool has a schema of its own', { hint: 'name one with `--tool`' });
  const book = folderBook(context, dir);
  const slices = slicesOf(book, options.tool).map((slice) => ({ tool: slice.tool, text: (options.schema ? cedarSchemaText(slice) : cedarText(slice)).trimEnd() }));
  context.terminal.result(
    () => [`// policy set ${book.set.hash}`, ...slices.map(({ tool, text }) => `// ${tool}\n${text}`)].join('\n\n'),
    () => ({ engine: 'cedar', policySet: book.set.hash, form: options.schema ? 'schema' : 'policies', tools: slices }),
  );
};
