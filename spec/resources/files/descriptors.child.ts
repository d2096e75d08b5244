// Run by descriptors.spec.ts in a process that may open few files: trees of 600 files go in and out and are removed.
import { readdirSync } from 'node:fs';
import { Client } from '../../../lib/client.js';

const [socketPath = '', local = '', back = ''] = process.argv.slice(2);
const client = new Client({ socketPath });
const { files } = client.instances.ref('web');
await files.push(local, '/tree', { concurrency: 1000 });
await files.pull('/tree', back, { concurrency: 1000 });
await Promise.all(readdirSync(local).map((name) => files.stat(`/tree/${name}`)));
await files.rm('/tree', { recursive: true });
const { stdout } = await client.instances.ref('web').exec(['echo', 'well']);
console.log(JSON.stringify({ left: await files.exists('/tree'), stdout, back: readdirSync(back).length }));
await client.close();
