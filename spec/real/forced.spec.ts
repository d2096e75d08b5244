import { AbortedError, BadRequestError, LxdError, NotFoundError, OperationError, TimeoutError } from 'tslxd';
import { booted, makeBusybox, makeEmpty, useClient } from './client.js';
import { describeReal } from './harness.js';

describeReal('stopping by force, and only then', (server) => {
  const { client, requestsOf } = useClient(server);

  it('never pulls the plug on a container that does not want to stop', async () => {
    // Its first process has no handler for SIGPWR, the servers' word for "please stop".
    const config = { 'raw.lxc': 'lxc.init.cmd = /bin/sleep 3600' };
    const deaf = await makeBusybox(server, client, { config, start: true });
    const { pid } = await deaf.state();
    await expect(deaf.stop({ timeout: 1000 })).rejects.toThrow(TimeoutError);
    await new Promise((resolve) => setTimeout(resolve, 500)); // the server gives up at about the same time
    expect(await deaf.state()).toMatchObject({ status: 'Running', pid });

    await expect(deaf.stop({ signal: AbortSignal.timeout(300) })).rejects.toThrow(AbortedError);
    expect(await deaf.state()).toMatchObject({ status: 'Running', pid });

    await deaf.stop({ force: true });
    expect(deaf.status).toBe('Stopped');
    expect(await server.read(`/1.0/instances/${deaf.name}`)).toMatchObject({ status: 'Stopped' });
  });

  it('restarts with another first process', async () => {
    const web = await makeBusybox(server, client, { start: true });
    const { pid } = await (await booted(web)).state();
    await web.restart({ timeout: 20_000 });
    expect((await web.state()).pid).not.toBe(pid);
    await web.delete({ force: true });
  });

  it('deletes a running instance only by force', async () => {
    const web = await makeBusybox(server, client, { start: true });
    await expect(web.delete()).rejects.toThrow(BadRequestError);
    expect(await server.read(`/1.0/instances/${web.name}`)).toMatchObject({ status: 'Running' });
    await web.delete({ force: true });
    expect((await server.raw('GET', `/1.0/instances/${web.name}`)).status).toBe(404);
    await expect(web.fetch()).rejects.toThrow(/was deleted through this model/);
    const stopped = await makeEmpty(server, client);
    await stopped.delete({ force: true });
    expect(await client.instances.exists(stopped.name)).toBe(false);
  });

  it('lets an ephemeral container stop by itself, which ends it', async () => {
    const web = await makeBusybox(server, client, { ephemeral: true, start: true });
    await (await booted(web)).stop({ timeout: 20_000 });
    expect(await client.instances.exists(web.name)).toBe(false);
    await expect(web.fetch()).rejects.toThrow(NotFoundError);
  });

  it('watches a container stop', async () => {
    const web = await makeBusybox(server, client, { start: true });
    const stopping = await web.stop({ wait: false, force: true });
    await web.waitFor('stopped', { interval: 5, timeout: 20_000 });
    await stopping.wait();
    await (await web.delete({ wait: false })).wait();
    expect(await client.instances.exists(web.name)).toBe(false);
  });

  it('says what the server refused, and leaves the model as it was', async () => {
    const [web, taken] = [await makeEmpty(server, client), await makeEmpty(server, client)];
    const { name } = web;
    await expect(web.freeze()).rejects.toThrow(OperationError);
    await expect(web.rename(taken.name)).rejects.toThrow(LxdError);
    expect(web.name).toBe(name);
    expect((await web.fetch()).status).toBe('Stopped');
    await expect(client.instances.ref('no-such').start()).rejects.toThrow(NotFoundError);
    const asked = await requestsOf(() => expect(web.setState('explode')).rejects.toThrow(/not an action/));
    expect(asked).toEqual([]);
  });
});
