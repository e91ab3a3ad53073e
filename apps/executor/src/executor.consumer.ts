import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { OnEvent, StepContext, type Outgoing, type Received } from '@countersign/bus';
import type { ControlState, ExecutionState } from '@countersign/domain';
import { ExecutorHandler } from './executor.handler.js';
import { EXECUTOR_INPUTS } from './executor.step.js';

/** The executor's way in from Kafka: grants, and questions to people that let it look at what they are about. */
@Controller()
export class ExecutorConsumer {
  constructor(private readonly handler: ExecutorHandler) {}

  @OnEvent(...EXECUTOR_INPUTS)
  handle(@Payload() received: Received, @Ctx() context: StepContext): readonly Outgoing[] | Promise<readonly Outgoing[]> {
    const { state, moment } = context as StepContext<ExecutionState, ControlState>;
    return this.handler.handle(received, state, moment);
  }
}
