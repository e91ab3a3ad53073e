import { loadKafkajs, type ApiVersions, type Exchange } from './kafkajs-internals.js';

interface Definition<Input, Answer> {
  readonly versions: readonly string[];
  readonly protocol: (options: { readonly version: number }) => (input: Input) => Exchange<Answer>;
}

/** A kind of request that goes through kafkajs' codec. 64-bit numbers are strings in its answers. */
export interface Api<Input, Answer> {
  readonly name: string;
  readonly key: number;
  readonly definition: Definition<Input, Answer>;
}

interface InTopic<Partition> {
  readonly topic: string;
  readonly partitions: readonly Partition[];
}

interface Answered {
  readonly errorCode: number;
}

type Lookup = <Input, Answer>(key: number, definition: Definition<Input, Answer>) => (input: Input) => Exchange<Answer>;

const protocol: { readonly requests: Readonly<Record<string, never>>; readonly lookup: (versions: ApiVersions) => Lookup } = loadKafkajs('kafkajs/src/protocol/requests/index.js');
const keys: Readonly<Record<string, number>> = loadKafkajs('kafkajs/src/protocol/requests/apiKeys.js');

const api = <Input, Answer>(name: string): Api<Input, Answer> => {
  const key = keys[name];
  const definition: Definition<Input, Answer> | undefined = protocol.requests[name];
  if (key === undefined || definition === undefined) throw new Error(`kafkajs has no request \`${name}\``);
  return { name, key, definition };
};

/** The newest form of a request that both sides know. */
export const exchangeOf = <Input, Answer>(versions: ApiVersions, { key, definition }: Api<Input, Answer>, input: Input): Exchange<Answer> =>
  protocol.lookup(versions)(key, definition)(input);

/** A form that is sent before the versions of the broker are known. */
export const exchangeOfVersion = <Input, Answer>(version: number, { definition }: Api<Input, Answer>, input: Input): Exchange<Answer> => definition.protocol({ version })(input);

export interface MetadataAnswer {
  readonly brokers: readonly { readonly nodeId: number; readonly host: string; readonly port: number }[];
  readonly topicMetadata: readonly {
    readonly topic: string;
    readonly topicErrorCode: number;
    readonly partitionMetadata: readonly { readonly partitionId: number; readonly leader: number }[];
  }[];
}

export interface JoinAnswer extends Answered {
  readonly generationId: number;
  readonly leaderId: string;
  readonly memberId: string;
  readonly members: readonly { readonly memberId: string; readonly memberMetadata: Buffer }[];
}

interface JoinInput {
  readonly groupId: string;
  readonly sessionTimeout: number;
  readonly rebalanceTimeout: number;
  readonly memberId: string;
  readonly protocolType: string;
  readonly groupProtocols: readonly { readonly name: string; readonly metadata: Buffer }[];
}

interface SyncInput {
  readonly groupId: string;
  readonly generationId: number;
  readonly memberId: string;
  readonly groupAssignment: readonly { readonly memberId: string; readonly memberAssignment: Buffer }[];
}

interface CommitInput {
  readonly groupId: string;
  readonly groupGenerationId: number;
  readonly memberId: string;
  readonly topics: readonly InTopic<{ readonly partition: number; readonly offset: string; readonly metadata: string }>[];
}

export const ApiVersionsApi = api<void, Answered & { readonly apiVersions: readonly { readonly apiKey: number; readonly minVersion: number; readonly maxVersion: number }[] }>('ApiVersions');
export const Metadata = api<{ readonly topics: readonly string[]; readonly allowAutoTopicCreation: false }, MetadataAnswer>('Metadata');
export const ListOffsets = api<
  { readonly topics: readonly InTopic<{ readonly partition: number; readonly timestamp: number }>[] },
  { readonly responses: readonly InTopic<Answered & { readonly partition: number; readonly offset: string }>[] }
>('ListOffsets');
export const InitProducerId = api<{ readonly transactionTimeout: number }, Answered & { readonly producerId: string; readonly producerEpoch: number }>('InitProducerId');
export const FindCoordinator = api<{ readonly groupId: string }, Answered & { readonly coordinator: { readonly nodeId: number; readonly host: string; readonly port: number } }>('GroupCoordinator');
export const JoinGroup = api<JoinInput, JoinAnswer>('JoinGroup');
export const SyncGroup = api<SyncInput, Answered & { readonly memberAssignment: Buffer }>('SyncGroup');
export const Heartbeat = api<{ readonly groupId: string; readonly groupGenerationId: number; readonly memberId: string }, Answered>('Heartbeat');
export const LeaveGroup = api<{ readonly groupId: string; readonly memberId: string }, Answered>('LeaveGroup');
export const OffsetCommit = api<CommitInput, { readonly responses: readonly InTopic<Answered & { readonly partition: number }>[] }>('OffsetCommit');
export const OffsetFetch = api<
  { readonly groupId: string; readonly topics: readonly InTopic<{ readonly partition: number }>[] },
  { readonly errorCode?: number; readonly responses: readonly InTopic<Answered & { readonly partition: number; readonly offset: string; readonly metadata: string | null }>[] }
>('OffsetFetch');
