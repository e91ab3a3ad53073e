import { pointerPart, type JsonObject } from '@countersign/kernel';
import type { AgentContract } from './agent-contract.js';
import type { ConfigurationFiles } from './check-configuration.js';
import type { DocumentFault } from './document.js';
import type { Playbook, PlaybookStep, ValueSource } from './playbook.js';
import { jsonType, schemaAt, typesMeet, type SchemaPlace } from './schema-types.js';
import { MAX_STEP_LENGTH, UNDO_PREFIX } from '../undo/constants.js';
import { undoneStep } from '../undo/undo.js';
import type { ToolContract } from './tool-contract.js';

/** Checks a playbook against the tools it names and the contracts that follow it. */
export const checkPlaybook = (playbook: Playbook, files: ConfigurationFiles): readonly DocumentFault[] => {
  const tools = new Map(files.tools.map(({ document }) => [document.id, document]));
  const contracts = files.contracts.map(({ document }) => document).filter((contract) => contract.playbook === playbook.id);
  return playbook.steps.flatMap((step, index) => {
    const at = `/steps/${index}`;
    const tool = tools.get(step.tool);
    if (!tool) return [{ pointer: `${at}/tool`, message: `there is no tool \`${step.tool}\`` }];
    return [
      ...(undoneStep(step.id) === undefined ? [] : [{ pointer: `${at}/id`, message: `\`${UNDO_PREFIX}\` begins the ids of the steps that undo others` }]),
      ...(step.id.length > MAX_STEP_LENGTH ? [{ pointer: `${at}/id`, message: `has more than ${MAX_STEP_LENGTH} characters` }] : []),
      ...(playbook.onFailure ? undoToolFaults(tool, contracts) : []).map((message) => ({ pointer: `${at}/tool`, message })),
      ...(step.ask ? contracts : [])
        .filter(({ escalation }) => !escalation?.reasons.includes('confidence.low'))
        .map((contract) => ({ pointer: `${at}/ask`, message: `contract \`${contract.id}\` says nobody who is asked for \`confidence.low\`` })),
      ...contracts
        .filter((contract) => !contract.tools[tool.effect].includes(tool.id))
        .map((contract) => ({ pointer: `${at}/tool`, message: `contract \`${contract.id}\` does not list \`${tool.id}\` under \`${tool.effect}\`` })),
      ...checkArgs(step, tool, contracts, (id) => toolOfStep(playbook, tools, id)).map((fault) => ({ ...fault, pointer: `${at}${fault.pointer}` })),
    ];
  });
};

/** What undoes a step has to be listed like what it undoes: a run that fails has no more rights than one that does not. */
const undoToolFaults = ({ id, compensation }: ToolContract, contracts: readonly AgentContract[]): readonly string[] =>
  compensation ? contracts.filter(({ tools }) => !tools.write.includes(compensation.tool)).map((contract) => `contract \`${contract.id}\` does not list \`${compensation.tool}\` under \`write\`, which undoes \`${id}\``) : [];

const toolOfStep = (playbook: Playbook, tools: ReadonlyMap<string, ToolContract>, id: string): ToolContract | undefined => {
  const step = playbook.steps.find((candidate) => candidate.id === id);
  return step && tools.get(step.tool);
};

const checkArgs = (
  step: PlaybookStep,
  tool: ToolContract,
  contracts: readonly AgentContract[],
  toolOf: (step: string) => ToolContract | undefined,
): readonly DocumentFault[] => {
  const required = isStrings(tool.args['required']) ? tool.args['required'] : [];
  const faults: DocumentFault[] = required
    .filter((name) => !Object.hasOwn(step.args, name))
    .map((name) => ({ pointer: '/args', message: `\`${tool.id}\` needs \`${name}\`` }));
  for (const [name, source] of Object.entries(step.args)) {
    const wanted = schemaAt(tool.args, `/${pointerPart(name)}`);
    const pointer = `/args/${pointerPart(name)}`;
    if (wanted.closed) {
      faults.push({ pointer, message: `\`${tool.id}\` takes no \`${name}\`` });
      continue;
    }
    for (const given of placesOf(source, contracts, toolOf)) {
      if (given.place.closed) faults.push({ pointer, message: `${given.whose} has nothing at \`${given.pointer}\`` });
      else if (given.place.types && wanted.types && !typesMeet(given.place.types, wanted.types)) {
        faults.push({ pointer, message: `${given.whose} has ${given.place.types.join(' or ')} at \`${given.pointer}\`, and \`${tool.id}\` takes ${wanted.types.join(' or ')}` });
      }
    }
  }
  return faults;
};

interface GivenPlace {
  readonly whose: string;
  readonly pointer: string;
  readonly place: SchemaPlace;
}

/** What the schemas say of a source; templates are texts. */
const placesOf = (source: ValueSource, contracts: readonly AgentContract[], toolOf: (step: string) => ToolContract | undefined): readonly GivenPlace[] => {
  switch (source.from) {
    case 'task':
      return contracts.map((contract) => ({
        whose: `the input of contract \`${contract.id}\``,
        pointer: source.pointer,
        place: schemaAt(contract.input, source.pointer),
      }));
    case 'step': {
      const result: JsonObject | undefined = toolOf(source.step)?.result;
      return result ? [{ whose: `the result of step \`${source.step}\``, pointer: source.pointer, place: schemaAt(result, source.pointer) }] : [];
    }
    case 'value':
      return [{ whose: 'the value', pointer: '', place: { closed: false, types: [jsonType(source.value)] } }];
    case 'template':
      return [{ whose: 'the template', pointer: '', place: { closed: false, types: ['string'] } }];
  }
};

const isStrings = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every((item) => typeof item === 'string');

