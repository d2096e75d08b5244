// Run by listener.spec.ts: a listener that throws. Prints what was uncaught, and how the wait ended.
import { run } from '../../lib/operations/index.js';
import { Connection } from '../../lib/rest/connection.js';
import { Session } from '../../lib/rest/session.js';

process.on('uncaughtException', (error) => console.log('uncaught', error.message));
process.on('unhandledRejection', () => console.log('unhandled rejection'));

const session = new Session(new Connection({ socketPath: process.argv[2]! }));
const onProgress = () => {
  throw new Error('my listener is wrong');
};
const request = { method: 'POST', path: '/1.0/instances', body: {} };
const result = await run(session, request, { onProgress }, ({ metadata }) => metadata);
console.log('ended', JSON.stringify(result));
