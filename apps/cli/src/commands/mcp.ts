import type { Command } from 'commander';
import type { Run } from '../command-context.js';
import { listOf } from './list-of.js';

export const addMcp = (program: Command, run: Run): void => {
  const mcp = program.command('mcp').description('MCP servers that agents reach through the full path');
  const about = (command: Command): Command =>
    command
      .option('--name <name>', 'what the server is called here: its workflow, connection and tools (default: by its command)')
      .option('-t, --tenant <tenant>', 'whose calls they are (default: the first tenant)')
      .option('--env <names>', 'variables of this environment that the server is to have', listOf)
      .option('--only <names>', 'only these tools, with `*`', listOf)
      .option('--config <dir>', 'folder in which its configuration files lie (default: `mcp` in the data folder)');
  about(mcp.command('proxy <command...>'))
    .description('stand in for an MCP server: everything behind `--` is how it is started')
    .option('--wait <duration>', 'how long a call waits for its end before it is answered as pending', '20s')
    .option('--keep', 'a stack that was started for this goes on afterwards')
    .action(run(async () => (await import('../mcp/proxy.js')).proxyServer));
  about(mcp.command('pin <command...>'))
    .description('read what the server says of its tools now, show what would change, and put it in force: you have read it')
    .option('-y, --yes', 'without asking')
    .action(run(async () => (await import('../mcp/pin.js')).pinTools));
};
