import { parseAst } from 'rolldown/parseAst';
import { builtinModules } from 'node:module';
import { CRYPTO_IN_KERNEL, IMPURE_NAMES, ONLY_IN, RULES } from './boundaries.js';

export interface Violation {
  readonly file: string;
  readonly message: string;
}

interface Node {
  readonly type: string;
  readonly [key: string]: unknown;
}

interface Import {
  readonly specifier: string;
  readonly typeOnly: boolean;
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';

const visit = (node: Node, see: (node: Node, parent: Node | undefined) => void, parent?: Node): void => {
  see(node, parent);
  for (const child of Object.values(node)) {
    for (const each of Array.isArray(child) ? child : [child]) if (isNode(each)) visit(each, see, node);
  }
};

const sourceOf = (node: Node): string | undefined => {
  const source = node['source'];
  return isNode(source) && typeof source['value'] === 'string' ? source['value'] : undefined;
};

const isTypeOnly = (node: Node): boolean => {
  if (node['importKind'] === 'type' || node['exportKind'] === 'type') return true;
  const specifiers = node['specifiers'];
  return Array.isArray(specifiers) && specifiers.length > 0 && specifiers.every((each) => isNode(each) && (each['importKind'] === 'type' || each['exportKind'] === 'type'));
};

const IMPORTING = new Set(['ImportDeclaration', 'ExportAllDeclaration', 'ExportNamedDeclaration', 'ImportExpression']);

const importsOf = (tree: Node): Import[] => {
  const imports: Import[] = [];
  visit(tree, (node) => {
    if (!IMPORTING.has(node.type)) return;
    const specifier = sourceOf(node);
    if (specifier !== undefined) imports.push({ specifier, typeOnly: isTypeOnly(node) });
  });
  return imports;
};

const impurities = (tree: Node): string[] => {
  const found: string[] = [];
  visit(tree, (node, parent) => {
    if (node.type === 'Identifier' && IMPURE_NAMES.has(String(node['name']))) {
      const isKey = parent !== undefined && ((parent.type === 'MemberExpression' && parent['property'] === node && parent['computed'] === false) || (parent.type === 'Property' && parent['key'] === node) || parent.type === 'TSTypeReference' || parent.type === 'TSPropertySignature');
      if (!isKey) found.push(String(node['name']));
    }
    if (node.type === 'MemberExpression' && isNode(node['object']) && node['object']['name'] === 'Math' && isNode(node['property']) && node['property']['name'] === 'random') found.push('Math.random');
  });
  return found;
};

const packageOf = (specifier: string): string => specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
const builtin = new Set(builtinModules);

const checkImport = (home: string, file: string, { specifier, typeOnly }: Import, isSpec: boolean): string | undefined => {
  const rule = RULES[home];
  if (!rule) return `\`${home}\` has no rule in boundaries.ts`;
  if (specifier.startsWith('.')) {
    const depth = file.split('/').length - 3;
    const ups = specifier.split('/').filter((part) => part === '..').length;
    return ups > depth ? `\`${specifier}\` leaves the package` : undefined;
  }
  if (specifier.startsWith('node:') || builtin.has(specifier)) {
    if (isSpec) return undefined;
    if (!specifier.startsWith('node:')) return `write \`node:${specifier}\``;
    if (specifier === 'node:crypto' && home === 'libs/kernel' && file !== CRYPTO_IN_KERNEL) return `only \`${CRYPTO_IN_KERNEL}\` may import \`node:crypto\` in the kernel`;
    return rule.node && !rule.node.includes(specifier) ? `\`${home}\` may not import \`${specifier}\`` : undefined;
  }
  if (specifier.startsWith('@countersign/')) {
    if (isSpec) return undefined;
    // `bus/client` is of `bus`.
    const name = specifier.split('/')[1] ?? '';
    if (!rule.own.includes(name)) return `\`${home}\` may not import \`${specifier}\``;
    return rule.typesOnly?.includes(name) && !typeOnly ? `\`${home}\` may import \`${specifier}\` as types only` : undefined;
  }
  const npm = packageOf(specifier);
  const only = ONLY_IN[npm];
  if (only && !only.includes(home)) return `only ${only.map((each) => `\`${each}\``).join(', ')} may import \`${npm}\``;
  if (isSpec) return undefined;
  return rule.npm && !rule.npm.includes(npm) ? `\`${home}\` may not import \`${npm}\`` : undefined;
};

/** Specs, and what only specs use. */
export const SPEC = /\.(spec|spec-support|fixture)\.ts$|\/spec-support\//;

/** Npm packages and packages of the project that a file imports, types included. */
export const packagesIn = (file: string, text: string): readonly string[] => {
  const own = file.split('/')[1];
  return importsOf(parseAst(text, { lang: 'ts' }) as unknown as Node)
    .map(({ specifier }) => specifier)
    .filter((specifier) => !specifier.startsWith('.') && !specifier.startsWith('node:'))
    .map(packageOf)
    .filter((name) => name !== `@countersign/${own}`);
};

/** Checks one file, given its path below the project's root; specs may import anything of the project and any test tool. */
export const checkFile = (file: string, text: string): Violation[] => {
  const home = file.split('/').slice(0, 2).join('/');
  const isSpec = SPEC.test(file) || home === 'libs/testing';
  const tree = parseAst(text, { lang: 'ts' }) as unknown as Node;
  const messages = importsOf(tree).map((each) => checkImport(home, file, each, isSpec));
  const impure = RULES[home]?.pure && !isSpec ? impurities(tree).map((name) => `\`${home}\` is pure and may not use \`${name}\``) : [];
  return [...messages, ...impure].flatMap((message) => (message === undefined ? [] : [{ file, message }]));
};
