// Run by exits.spec.ts: prints when it had nothing left to do, and when Node exited.
import { Connection } from '../../../lib/rest/connection.js';
import { Session } from '../../../lib/rest/session.js';

const [endpoint = '', serverCert = ''] = process.argv.slice(2);
const now = () => console.log(performance.now().toFixed(0));
process.on('exit', now);

const session = new Session(new Connection({ endpoint, serverCert }));
const { metadata } = await session.send({ method: 'GET', path: '/1.0' });
session.connection.failover?.heard(metadata);
now();
