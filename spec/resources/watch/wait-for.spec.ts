import { setTimeout as delay } from 'node:timers/promises';
import { AbortedError, InvalidInputError, NotFoundError, TimeoutError } from 'tslxd';
import { describeFakes, rejection, sent } from '../support.js';

describeFakes('waitFor() of any model', (start) => {
  it('looks, and then when an event tells of it, and not in between', async () => {
    const { client, server } = await start();
    server.addProfile({ name: 'web' });
    const profile = client.profiles.ref('web');
    const waiting = profile.waitFor(({ config }) => config['user.done'] === 'yes');
    do {
      server.clearRequests(); // in the first moments it looks often, and every 5 s later on
      await delay(700);
    } while (sent(server).length > 0);
    const other = await client.profiles.get('web');
    other.config['user.done'] = 'yes';
    await other.save();
    expect(await waiting).toBe(profile);
    expect(profile.config['user.done']).toBe('yes');
  });

  it('looks now and then where no event tells', async () => {
    const { client } = await start();
    const { server } = client;
    const waiting = server.waitFor(({ config }) => config['user.done'] === 'yes', { interval: 20 });
    const other = client.useProject('default').server;
    await other.fetch();
    other.config['user.done'] = 'yes';
    await other.save();
    expect(await waiting).toBe(server);
  });

  it('keeps what is not saved yet, and takes a predicate that has to ask', async () => {
    const { client, server } = await start();
    server.addProfile({ name: 'web' });
    const profile = await client.profiles.get('web');
    profile.description = 'mine';
    await profile.waitFor(async ({ description }) => {
      await delay(1);
      return description === 'mine';
    });
    expect(profile.isDirty).toBe(true);
  });

  it('goes on while the server is away', async () => {
    const { client, server } = await start();
    server.addProfile({ name: 'web' });
    const profile = client.profiles.ref('web');
    const waiting = profile.waitFor(({ description }) => description === 'back');
    await delay(100);
    await server.restart({ downtime: 1500 }); // more than what requests try again by themselves
    const other = await client.profiles.get('web');
    other.description = 'back';
    await other.save();
    expect(await waiting).toBe(profile);
  });

  it('ends with what ended it', async () => {
    const { client, server } = await start();
    server.addProfile({ name: 'web' });
    const profile = client.profiles.ref('web');
    const never = () => false;
    const late = await rejection(profile.waitFor(never, { timeout: 500 }), TimeoutError);
    expect(late.message).toMatch(/^Profile 'web' was not as waited for within 500 ms/);
    await rejection(profile.waitFor(never, { signal: AbortSignal.timeout(50) }), AbortedError);
    await rejection(client.profiles.ref('none').waitFor(never), NotFoundError);
    const own = new Error('mine');
    await expect(
      profile.waitFor(() => {
        throw own;
      }),
    ).rejects.toBe(own);
    await rejection(profile.waitFor('running' as never), InvalidInputError);
    await rejection(profile.waitFor(never, { limit: 1 } as object), InvalidInputError);
    await rejection(profile.waitFor(never, { timeout: -1 }), InvalidInputError);
    const deleted = rejection(profile.waitFor(never), NotFoundError);
    await delay(100);
    await client.profiles.ref('web').delete();
    await deleted;
  });
});
