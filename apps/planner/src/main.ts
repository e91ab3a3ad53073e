import { runOwner } from '@countersign/service';
import { readPlannerConfig } from './planner.config.js';
import { PlannerHandler } from './planner.handler.js';
import { PlannerModule } from './planner.module.js';

await runOwner({ service: 'planner', readConfig: readPlannerConfig, module: (parts) => PlannerModule.of(parts), step: PlannerHandler });
