import { join } from 'node:path';
import { runChild } from '../support/child.js';
import { makeBusybox, useClient } from './client.js';
import { describeReal } from './harness.js';

/** Between two offsets: of frames, and of heads and JSON. */
const strides = process.env.TSLXD_EVERY_OFFSET ? [1, 16] : [9, 120];

describeReal('an exec over bad connections', (server) => {
  const { client } = useClient(server);

  it('ends right or in an error of ours', async () => {
    const web = await makeBusybox(server, client);
    await web.start();
    const real = { socketPath: server.socketPath, instance: web.name };
    const child = join(import.meta.dirname, '../resources/instances/exec/offsets.child.ts');
    const { stdout } = await runChild(child, [JSON.stringify({ strides, real })], { timeout: 600_000 });
    const { faults, ends } = JSON.parse(stdout);
    expect(faults).toEqual([]);
    expect(ends.right).toBeGreaterThan(10);
    await web.delete({ force: true });
  }, 600_000);
});
