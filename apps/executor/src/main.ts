import { runOwner } from '@countersign/service';
import { readExecutorConfig } from './executor.config.js';
import { ExecutorHandler } from './executor.handler.js';
import { ExecutorModule } from './executor.module.js';

await runOwner({ service: 'executor', readConfig: readExecutorConfig, module: (parts) => ExecutorModule.of(parts), step: ExecutorHandler });
