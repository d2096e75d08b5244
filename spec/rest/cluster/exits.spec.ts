import { join } from 'node:path';
import { runChild } from '../../support/child.js';
import { sync } from '../test-server.js';
import { Members } from './members.js';

test('what is learnt of a cluster keeps no process alive', async () => {
  const cluster = await Members.start(2, () => (response) => sync(response));
  cluster.stuck.add('n1'); // it never lists the members
  const [first] = cluster.all;
  const { serverCert = '' } = first!.server.options;
  const child = join(import.meta.dirname, 'exits.child.ts');
  const { stdout, stderr } = await runChild(child, [first!.url, serverCert]);
  expect(stderr).toBe('');
  expect(first!.server.lines).toEqual(['GET /1.0', 'GET /1.0/cluster/members?recursion=1']);
  const [done = NaN, exit = NaN] = stdout.trim().split('\n').map(Number);
  expect(exit - done).toBeLessThan(3000); // the answer would be waited for for 5 s
}, 30_000);
