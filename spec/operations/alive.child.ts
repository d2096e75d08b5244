// Run by events.spec.ts: starts an operation without waiting, and does with it what the mode says.
import { Client } from '../../lib/index.js';

const [, , socketPath = '', mode] = process.argv;
const client = new Client({ socketPath });
const operation = await client.request('POST', '/1.0/instances/{name}/exec', {
  name: 'web',
  body: { command: ['true'] },
  wait: false,
});
operation.onProgress(() => {});
console.log('begun');
if (mode === 'waited') await operation.wait();
if (mode === 'iterated')
  for await (const { state } of operation) if (state === 'succeeded') console.log('last');
console.log(operation.state);
