import type { Client, Warning } from 'tslxd';
import type { FakeServer } from 'tslxd/testing';
import { callsOn, quiet, type Calls } from './call.js';
import { managerCalls, modelCalls } from './kinds.js';

const common = { before: (fake: FakeServer) => fake.addWarning({ type: 'Instance type not operational' }) };
const edit = (warning: Warning) => {
  warning.status = 'acknowledged';
};
const first = async (client: Client) => (await client.warnings.names({ timeout: 0 }))[0] ?? '';
const warning = callsOn(async (client) => client.warnings.get(await first(client)), common);

export const warningCalls: Record<string, Calls> = {
  WarningManager: {
    ...managerCalls((client) => client.warnings, { key: first, edit, common }),
    watch: quiet('no server tells of warnings'),
  },

  Warning: {
    ...modelCalls(async (client) => client.warnings.get(await first(client)), { edit, common }),
    rename: quiet('it cannot be renamed'),
    acknowledge: warning((one, { timed }) => one.acknowledge(timed)),
  },
};
