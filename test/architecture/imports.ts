import { isNode, nameOf, textOf, visit, type Node } from './tree.js';

export interface Import {
  /** `undefined` where only a run can tell. */
  readonly specifier: string | undefined;
  readonly typeOnly: boolean;
  /** `require`: by a function of `createRequire`. */
  readonly by: 'import' | 'require';
}

const isTypeOnly = (node: Node): boolean => {
  if (node['importKind'] === 'type' || node['exportKind'] === 'type') return true;
  const specifiers = node['specifiers'];
  return Array.isArray(specifiers) && specifiers.length > 0 && specifiers.every((each) => isNode(each) && (each['importKind'] === 'type' || each['exportKind'] === 'type'));
};

const importOf = (node: Node): Import | undefined => {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
    case 'ExportNamedDeclaration':
      // An `export` of what is here has no source.
      return isNode(node['source']) ? { specifier: textOf(node['source']), typeOnly: isTypeOnly(node), by: 'import' } : undefined;
    case 'ImportExpression':
      return { specifier: textOf(node['source']), typeOnly: false, by: 'import' };
    case 'TSImportType':
      return { specifier: textOf(node['source']), typeOnly: true, by: 'import' };
    case 'TSImportEqualsDeclaration': {
      const reference = node['moduleReference'];
      return isNode(reference) && reference.type === 'TSExternalModuleReference' ? { specifier: textOf(reference['expression']), typeOnly: isTypeOnly(node), by: 'import' } : undefined;
    }
    default:
      return undefined;
  }
};

const isCreateRequire = (node: unknown): boolean => isNode(node) && node.type === 'CallExpression' && nameOf(node['callee']) === 'createRequire';

/** Names that stand for a `require` in this file: the known ones, and what is made here. */
const requirersOf = (tree: Node, known: readonly string[]): ReadonlySet<string> => {
  const names = new Set(['require', ...known]);
  visit(tree, (node) => {
    const name = node.type === 'VariableDeclarator' ? nameOf(node['id']) : undefined;
    if (name !== undefined && isCreateRequire(node['init'])) names.add(name);
  });
  return names;
};

const requireOf = (node: Node, requirers: ReadonlySet<string>): Import | undefined => {
  if (node.type !== 'CallExpression') return undefined;
  const callee = node['callee'];
  // `load('x')` or `load.resolve('x')`.
  const caller = isNode(callee) && callee.type === 'MemberExpression' ? callee['object'] : callee;
  if (!isCreateRequire(caller) && !requirers.has(nameOf(caller) ?? '')) return undefined;
  const [first] = node['arguments'] as readonly unknown[];
  return { specifier: textOf(first), typeOnly: false, by: 'require' };
};

/** Everything that a file loads. `loaders` are functions of `createRequire` that other files export. */
export const importsOf = (tree: Node, loaders: readonly string[]): Import[] => {
  const requirers = requirersOf(tree, loaders);
  const imports: Import[] = [];
  visit(tree, (node) => {
    const found = importOf(node) ?? requireOf(node, requirers);
    if (found) imports.push(found);
  });
  return imports;
};
