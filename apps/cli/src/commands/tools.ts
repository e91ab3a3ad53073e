import type { Command } from 'commander';
import type { Run } from '../command-context.js';
import { listOf } from './list-of.js';

export const addTools = (program: Command, run: Run): void => {
  const tools = program.command('tools').description('tool contracts: import, pin, check, compare');
  tools
    .command('lint [dir]')
    .description('what is dangerous about the tool contracts of a folder (default: config)')
    .option('--strict', 'warnings fail too')
    .action(run(async () => (await import('../tools/lint.js')).lintTools));
  tools
    .command('pin [dir]')
    .description('write the hash of what each tool says of itself into its file: you have read it')
    .action(run(async () => (await import('../tools/pin.js')).pinTools));
  tools
    .command('drift [dir]')
    .description('compare with what the outside system says now; 0 where nothing changed, 9 where something did')
    .requiredOption('--from <file>', 'an OpenAPI document, or an answer to `tools/list`')
    .option('--connection <name>', 'only tools of this connection')
    .action(run(async () => (await import('../tools/drift.js')).driftTools));
  const imports = tools.command('import').description('make tool contracts of what an outside system says of itself');
  for (const [kind, what] of [
    ['openapi', 'an OpenAPI 3.0 or 3.1 document'],
    ['mcp', 'an answer of an MCP server to `tools/list`'],
  ] as const) {
    imports
      .command(`${kind} <file>`)
      .description(`one file for each tool of ${what}; nothing is fetched`)
      .requiredOption('--connection <name>', 'name of the outside system, as the executor knows it')
      .option('--out <dir>', 'where to write the files (default: print them)')
      .option('--only <names>', 'only these, with `*`', listOf)
      .action(run(async () => (kind === 'openapi' ? (await import('../tools/import.js')).importOpenApi : (await import('../tools/import.js')).importMcp)));
  }
};
