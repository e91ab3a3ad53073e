import { renameSync, writeFileSync } from 'node:fs';

/** Tells whoever runs this process (`READY_FILE`) where it listens. */
export const writeReadyFile = (url: string): void => {
  const path = process.env['READY_FILE'];
  if (!path) return;
  writeFileSync(`${path}.part`, JSON.stringify({ pid: process.pid, http: url }), { mode: 0o600 });
  renameSync(`${path}.part`, path);
};
