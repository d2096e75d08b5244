// Run by close.spec.ts: prints when it had nothing left to do, and when Node exited.
import { Connection } from '../../lib/rest/connection.js';
import { Session } from '../../lib/rest/session.js';

const [how, socketPath = ''] = process.argv.slice(2);
const now = () => console.log(performance.now().toFixed(0));
process.on('exit', now);

const get = { method: 'GET', path: '/1.0' };
if (how === 'busy') {
  const session = new Session(new Connection({ socketPath }));
  const pending = [session.send(get), session.websocket(get)];
  await session.stream({ ...get, path: '/1.0/stream' });
  await new Promise((resolve) => setTimeout(resolve, 50));
  session.connection.close();
  await Promise.allSettled(pending);
} else {
  const session = new Session(new Connection({ socketPath: `${socketPath}.absent` }));
  await Promise.allSettled([session.send(get), session.stream(get), session.websocket(get)]);
}
now();
