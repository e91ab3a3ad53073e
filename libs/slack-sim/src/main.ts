import { renameSync, writeFileSync } from 'node:fs';
import { localSlack } from './local.js';
import { SlackSim } from './slack-sim.js';

/** The workspace of a local stack, as a process: its tokens are made for it, and open nothing else. */
const { PORT = '0', SLACK_BOT_TOKEN = '', SLACK_APP_TOKEN = '' } = process.env;
if (!SLACK_BOT_TOKEN || !SLACK_APP_TOKEN) throw new Error('SLACK_BOT_TOKEN and SLACK_APP_TOKEN are missing');

const sim = await SlackSim.start(localSlack({ botToken: SLACK_BOT_TOKEN, appToken: SLACK_APP_TOKEN, port: Number(PORT) }));
if (process.env['READY_FILE'] !== undefined) {
  // All at once: whoever waits for it reads it as soon as it is there.
  writeFileSync(`${process.env['READY_FILE']}.part`, JSON.stringify({ pid: process.pid, http: sim.url }), { mode: 0o600 });
  renameSync(`${process.env['READY_FILE']}.part`, process.env['READY_FILE']);
}
console.log(JSON.stringify({ level: 'info', service: 'slack-sim', msg: 'ready', url: sim.url }));

const stop = (): void => {
  sim.close().then(
    () => process.exit(0),
    () => process.exit(1),
  );
};
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
