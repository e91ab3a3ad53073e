#!/usr/bin/env node
// The one way in: `node scripts/bootstrap.mjs <task> [arguments]`. Needs nothing but Node: it installs, fetches and builds
// what is missing or stale, and then runs the task under the Node that came with the packages.
const OLDEST_NODE = 20;

// The rest is loaded only now: an older Node could not even read it, and would say so in its own words.
if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
  console.error(`countersign: Node ${OLDEST_NODE} or newer is needed, this is ${process.versions.node}: install it from https://nodejs.org`);
  // What reads the totals of the tests finds them here too.
  if (['test', 'verify'].includes(process.argv[2] ?? '')) console.log('0 passed, 1 failed');
  process.exitCode = 1;
} else {
  const { bootstrap } = await import('./lib/main.mjs');
  await bootstrap(process.argv.slice(2));
}
