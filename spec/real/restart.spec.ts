import { Client, isLxdError, OperationExpiredError, type Instance, type Operation } from 'tslxd';
import { describeReal } from './harness.js';
import { canStart, startOwnDaemon, type OwnDaemon } from './own-daemon.js';

// The daemon that all specs share must not be killed: each product gets a second one here.
describeReal('a daemon that is killed and comes back', (server) => {
  const onlyWhere = canStart(server.product) || process.env.TSLXD_REQUIRE_REAL === '1' ? it : it.skip;
  let daemon: OwnDaemon | undefined;
  afterEach(async () => {
    await daemon?.remove();
  });

  onlyWhere(
    '50 waits, a listener, a watch and a waitFor(): the waits end truthfully, the others go on',
    async () => {
      daemon = await startOwnDaemon(server);
      await using client = new Client({ socketPath: daemon.socketPath });
      const web = await client.instances.create({
        name: server.uniqueName('restart'),
        source: { fingerprint: await daemon.server.ensureImage() },
        start: true,
      });
      const late = await client.instances.create({
        name: server.uniqueName('late'),
        source: { fingerprint: await daemon.server.ensureImage() },
      });
      const running = late.waitFor('running');
      const heard: string[] = [];
      const listening = (async () => {
        for await (const event of client.events.listen()) {
          if (event.type === 'reconnected') heard.push(event.type);
          if (event.type === 'lifecycle') heard.push(event.metadata.action);
          if (heard.includes('reconnected') && heard.at(-1) === 'instance-updated') break;
        }
      })();
      const changes: string[] = [];
      const watching = (async () => {
        for await (const change of client.instances.watch()) {
          changes.push(change.type);
          if (change.type === 'changed' && change.model.config['user.after'] === 'yes') break;
        }
      })();
      const waits = await Promise.all(Array.from({ length: 50 }, async () => begin(client, web)));
      const ends = Promise.allSettled(waits.map(async (operation) => operation.wait()));
      const commands = Promise.allSettled(Array.from({ length: 5 }, async () => web.exec(['sleep', '300'])));

      await new Promise((resolve) => setTimeout(resolve, 500));
      await daemon.kill();
      const killed = performance.now();
      await daemon.start();

      for (const end of await ends) {
        expect(end.status === 'rejected' && end.reason).toBeInstanceOf(OperationExpiredError);
      }
      for (const end of await commands)
        expect(end.status === 'rejected' && isLxdError(end.reason)).toBe(true);
      expect(performance.now() - killed).toBeLessThan(60_000); // nothing hangs; a slow machine is no fault
      await late.start();
      expect(await running).toBe(late);
      await late.delete({ force: true });
      await web.fetch();
      web.config['user.after'] = 'yes';
      await web.save();
      await Promise.all([listening, watching]);
      expect(heard).toContain('reconnected');
      expect(changes.slice(0, 3)).toEqual(['added', 'added', 'synced']);
      await web.delete({ force: true });
    },
    120_000,
  );
});

/** A command that outlives the spec, for which nobody waits yet. */
async function begin(client: Client, web: Instance): Promise<Operation<unknown>> {
  const body = { command: ['sleep', '300'], 'wait-for-websocket': false, interactive: false } as never;
  return client.request('POST', '/1.0/instances/{name}/exec', { name: web.name, body, wait: false });
}
