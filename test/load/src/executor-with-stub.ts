import { readExecutorConfig } from '@countersign/executor/dist/executor.config.js';
import { ExecutorHandler } from '@countersign/executor/dist/executor.handler.js';
import { ExecutorModule } from '@countersign/executor/dist/executor.module.js';
import { runOwner } from '@countersign/service';
import { StubToolClient } from './stub-tool.js';

// The executor as it is, but for the last step: the tool is in the process and takes no time.
const stub = new StubToolClient();
await runOwner({ service: 'executor', readConfig: readExecutorConfig, module: (parts) => ExecutorModule.of(parts, { http: stub, github: stub }), step: ExecutorHandler });
