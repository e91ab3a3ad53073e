/** What a person types to run a command: as this one was started, so that it can be copied. */
export const commandLine = (args: string, env: NodeJS.ProcessEnv): string =>
  env['npm_lifecycle_event'] === 'countersign' ? `npm run countersign -- ${args}` : `countersign ${args}`;
