import { Client } from 'tslxd';

// One of the processes of race.spec.ts: adds keys of its own to an instance by fetch, modify, save.
const [socketPath = '', name = '', writer = '', count = '0'] = process.argv.slice(2);

const client = await Client.connect({ socketPath });
let merged = 0;
try {
  for (let index = 0; index < Number(count); index++) {
    const instance = await client.instances.get(name);
    instance.config[`user.${writer}.${String(index)}`] = 'x';
    const report = await instance.saveReport();
    merged += report.merged;
  }
  process.send?.({ merged });
} catch (error) {
  process.send?.({ merged, error: error instanceof Error ? error.message : String(error) });
} finally {
  await client.close();
  process.disconnect();
}
