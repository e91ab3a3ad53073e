import type { Figures } from './figures.js';

/** One line of the table: what, ours, the floor, how they compare, and what is aimed at. */
type Row = readonly [figure: string, ours: string, relay: string, ratio: string, goal: string];

const HEAD: Row = ['figure', 'ours', 'relay', 'ratio', 'goal'];

const number = (value: number, digits: number): string => value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** `0.52 (0.49 to 0.55)`: the median, and how far the rounds were apart. */
const spreadOf = (figures: Figures, name: string, digits: number): string => {
  const found = figures.spread[name];
  if (!found) return '';
  return found.min === found.max ? number(found.median, digits) : `${number(found.median, digits)} (${number(found.min, digits)} to ${number(found.max, digits)})`;
};

const rowsOf = (figures: Figures): readonly Row[] => {
  const of = (name: string, digits: number): string => spreadOf(figures, name, digits);
  const { cpuMsPerRun, rssMb, loadedRssMb, otherCpuMsPerRun, relayCpuMsPerRun, pacedRunsPerSecond } = figures;
  const services = Object.keys(cpuMsPerRun).filter((name) => name !== 'total');
  const mebibytes = (name: string): string => `${number(rssMb[name] ?? 0, 0)} (${number(loadedRssMb[name] ?? 0, 0)})`;
  const cpu = (value: number | undefined): string => number(value ?? 0, 3);
  return [
    ['runs/s at saturation', of('runsPerSecond', 0), of('relayRunsPerSecond', 0), of('throughputRatio', 2), '>= 0.5'],
    [`p50 at ${number(pacedRunsPerSecond, 0)} runs/s, ms`, of('p50', 1), of('relayP50', 1), of('p50Ratio', 2), '<= 1.5'],
    [`p99 at ${number(pacedRunsPerSecond, 0)} runs/s, ms`, of('p99', 1), of('relayP99', 1), of('p99Ratio', 2), '<= 2.0'],
    ['p50 of one run at a time, ms', of('singleRunP50', 1), of('relaySingleRunP50', 1), '', ''],
    ['CPU s per 1,000 runs, all services', of('cpuMsPerRun', 2), number(relayCpuMsPerRun['relay'] ?? 0, 2), '', '<= 1'],
    ...services.map((service): Row => [`  ${service}`, cpu(cpuMsPerRun[service]), '', '', '']),
    ['  (Kafka)', cpu(otherCpuMsPerRun['kafka']), cpu(relayCpuMsPerRun['kafka']), '', ''],
    ['  (PostgreSQL)', cpu(otherCpuMsPerRun['postgres']), '', '', ''],
    ['  (the bench itself)', cpu(otherCpuMsPerRun['driver']), cpu(relayCpuMsPerRun['driver']), '', ''],
    ['RSS of all services, idle (loaded), MiB', mebibytes('total'), '', '', '<= 700'],
    ...services.map((service): Row => [`  ${service}`, mebibytes(service), '', '', '']),
    ['idle CPU of all services, % of a core', number(figures.idleCpuPercent, 1), '', '', '<= 5'],
    ['cold start (`dev up`), s', of('coldStartSeconds', 1), '', '', '<= 12'],
    [`fold of ${number(figures.fold.records, 0)} events, events/s`, of('foldEventsPerSecond', 0), number(figures.foldEventsPerSecond / figures.foldRatio, 0), of('foldRatio', 2), '>= 0.7'],
  ];
};

/** Columns as wide as they have to be; it is a table in Markdown too. */
export const layOut = (rows: readonly (readonly string[])[]): string => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]): string => `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
};

/** The figures for people. */
export const tableOf = (figures: Figures): string => {
  const { machine, versions, rounds, foreignCpuShare, recordsPerRun, bytesPerRun } = figures;
  const share = (value: number): string => `${number(value * 100, 0)} %`;
  return [
    layOut([HEAD, ...rowsOf(figures)]),
    '',
    `${rounds.saturated.ours.length} rounds, medians (least to most). A run is ${recordsPerRun} records of ${number(bytesPerRun, 0)} bytes in all.`,
    `${machine.cores} x ${machine.cpu}, ${machine.memoryGb} GB, ${machine.system}, ${machine.disk}; ${Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(', ')}.`,
    `Other programs used ${share(foreignCpuShare.ours)} of the machine while ours ran and ${share(foreignCpuShare.relay)} while the relay ran.`,
  ].join('\n');
};
