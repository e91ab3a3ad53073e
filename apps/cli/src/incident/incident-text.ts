import type { RunSummary } from '../ledger/shapes.js';
import type { Logged } from '../runs/logged.js';
import { paint, stateOf } from '../runs/paint.js';
import { fields, type Field } from '../terminal/fields.js';
import { oneLine } from '../terminal/safe-text.js';
import { shortId } from '../terminal/short.js';
import { table } from '../terminal/table.js';
import type { View } from '../terminal/view.js';
import { wrap } from '../terminal/width.js';
import { verdictOn } from './gates.js';
import { eventsNamed, type Gate, type GateVerdict, type IncidentStep, type Line } from './incident.js';

/** Events are named by the start of their ids; the table at the end has them whole. */
const namesOf = (events: readonly string[]): string => (events.length === 0 ? '' : ` [${events.map(shortId).join(' ')}]`);

const fieldOf = ({ label, text, events }: Line): Field => [oneLine(label), `${oneLine(text)}${namesOf(events)}`];

const VERDICTS: Readonly<Record<GateVerdict, string>> = { passed: 'passed', stopped: 'STOPPED', caught: 'CAUGHT', 'did-not-look': 'did not look' };

const gateField = ({ label, verdict, text, events }: Gate, { colors }: View): Field => {
  const word = VERDICTS[verdict];
  const painted = verdict === 'passed' ? word : verdict === 'did-not-look' ? colors.dim(word) : colors.yellow(word);
  return [oneLine(label), `${painted}: ${oneLine(text)}${namesOf(events)}`];
};

const stepText = (step: IncidentStep, view: View): string => {
  const { colors, width, command } = view;
  const title = `${colors.bold(`step ${oneLine(step.step)}`)}: ${oneLine(step.tool)}, ${oneLine(step.status)}${step.outsideId === undefined ? '' : `, ${oneLine(step.outsideId)}`}`;
  const section = (question: string, lines: readonly Field[], first?: string): readonly string[] => ['', colors.bold(question), ...(first === undefined ? [] : wrap(first, width === undefined ? Number.MAX_SAFE_INTEGER : width - 2).map((text) => `  ${text}`)), fields(lines, { width })];
  const undo = step.undo.map((line) => (line.label === 'type' ? { ...line, text: command(line.text) } : line));
  return [
    title,
    ...section('1. what context was used', step.context.map(fieldOf)),
    ...section('2. what policy decided', step.policy.length > 0 ? step.policy.map(fieldOf) : [['nothing', 'policy was never asked']]),
    ...section('3. which call was made, under which identity', step.call.map(fieldOf)),
    ...section('4. which check saw it, and let it go on', step.gates.map((gate) => gateField(gate, view)), verdictOn(step.gates)),
    ...section('5. what data left', step.left.map(fieldOf)),
    ...section('6. how to undo it', undo.map(fieldOf)),
  ].join('\n');
};

/** What became of the proofs of the events that are named; absent where none were asked for. */
export interface ProofsMade {
  readonly folder: string;
  /** Ids of events, by whether they are anchored by now. */
  readonly proven: readonly string[];
  readonly notAnchored: readonly string[];
}

const placeOf = ({ log, offset }: Logged): string => `${log}/${offset}`;

/** One incident for people. `others`: what became of steps that changed nothing outside. */
export const incidentText = (run: RunSummary, steps: readonly IncidentStep[], others: readonly Line[], log: readonly Logged[], proofs: ProofsMade | undefined, view: View): string => {
  const { colors, width } = view;
  const head = `${colors.bold(oneLine(run.id))}  ${paint(stateOf(run), colors)}  ${oneLine(`${run.tenant}/${run.workflow}`)}  ${oneLine(run.task ?? '-')}`;
  const ids = new Set(eventsNamed(steps, others));
  const named = log.filter(({ event }) => ids.has(event.id));
  const events = table(
    ['TIME', 'EVENT', 'PLACE', ...(proofs ? ['PROOF'] : []), 'TYPE'].map((title) => colors.bold(title)),
    named.map((logged) => [logged.event.time, logged.event.id, placeOf(logged), ...(proofs ? [proofs.proven.includes(logged.event.id) ? 'written' : 'not anchored yet'] : []), logged.event.type.replace(/^countersign\./, '')]),
    width,
  );
  return [
    head,
    ...(steps.length === 0 ? ['', 'no tool was called that changes anything'] : steps.map((step) => `\n${stepText(step, view)}`)),
    ...(others.length === 0 ? [] : ['', colors.bold('other steps, which changed nothing outside'), fields(others.map(fieldOf), { width })]),
    ...(named.length === 0 ? [] : ['', events]),
  ].join('\n');
};
