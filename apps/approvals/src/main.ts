import { runOwner } from '@countersign/service';
import { readApprovalsConfig } from './approvals.config.js';
import { ApprovalsHandler } from './approvals.handler.js';
import { ApprovalsModule } from './approvals.module.js';

await runOwner({ service: 'approvals', readConfig: readApprovalsConfig, module: (parts) => ApprovalsModule.of(parts), step: ApprovalsHandler });
