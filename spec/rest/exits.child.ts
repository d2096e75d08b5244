// Run by close.spec.ts: prints when it had nothing left to do, and when Node exited.
import { Client } from '../../lib/index.js';
import { Connection } from '../../lib/rest/connection.js';
import { Session } from '../../lib/rest/session.js';

const [how, socketPath = ''] = process.argv.slice(2);
const now = () => console.log(performance.now().toFixed(0));
process.on('exit', now);

if (how === 'busy') {
  const session = new Session(new Connection({ socketPath }));
  const request = { method: 'GET', path: '/1.0/hang' };
  const pending = [session.send(request), session.websocket(request)];
  const { body } = await session.stream(request);
  body.on('error', () => {});
  await new Promise((resolve) => setTimeout(resolve, 50));
  session.connection.close();
  await Promise.allSettled(pending);
} else {
  const client = new Client({ socketPath: how === 'failure' ? `${socketPath}.absent` : socketPath });
  await Promise.allSettled([1, 2, 3].map(() => client.request('GET', '/1.0')));
  if (how === 'close') await client.close();
}
now();
