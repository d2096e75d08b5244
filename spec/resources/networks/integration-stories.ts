import {
  AlreadyExistsError,
  BadRequestError,
  InvalidInputError,
  NotFoundError,
  SaveConflictError,
  UnsupportedError,
} from 'tslxd';
import { lifeOf, type Subject } from '../support.js';

/** What holds of network integrations on every server that has them, and of those that have not. */
export function tellOfIntegrations({ client, uniqueName, requestsOf }: Subject): void {
  const integrations = () => client().networks.integrations;
  const path = '/1.0/network-integrations';

  it('are managed as others are, or refused before anything is sent', async () => {
    const name = uniqueName('far');
    if (!client().server.has('network_integrations')) {
      const sent = await requestsOf(async () => {
        const of = integrations();
        const refused = [of.names(), of.create(name), of.ensure(name), of.ref(name).delete()];
        for (const promise of refused) await expect(promise).rejects.toThrow(UnsupportedError);
      });
      expect(sent).toEqual([]);
      return;
    }
    const far = await integrations().create({ name, description: 'far', config: { 'user.a': '1' } });
    expect([far.name, far.type, far.description, far.usedBy]).toEqual([name, 'ovn', 'far', []]);
    expect(await integrations().names()).toContain(name);
    await expect(integrations().create(name)).rejects.toThrow(AlreadyExistsError);
    await expect(integrations().create({ name: `${name}-x`, type: 'zz' })).rejects.toThrow(BadRequestError);
    await expect(integrations().create({ name, typ: 'ovn' } as never)).rejects.toThrow(InvalidInputError);
    far.config['ovn.northbound_connection'] = 'ssl:10.0.0.1:6645';
    delete far.config['user.a'];
    const requests = await requestsOf(() => far.save({ verify: false }));
    expect(requests).toEqual([`PUT ${path}/${name} 200`]);
    const mine = await integrations().get(name);
    expect([mine.description, mine.config]).toEqual([
      'far',
      { 'ovn.northbound_connection': 'ssl:10.0.0.1:6645' },
    ]);
    far.config['user.theirs'] = '1';
    await far.save();
    mine.config['user.mine'] = '1';
    await mine.save();
    expect(mine.config).toMatchObject({ 'user.mine': '1', 'user.theirs': '1' });
    far.config['user.mine'] = '2';
    await expect(far.save()).rejects.toThrow(SaveConflictError);
    const wanted = { description: 'near', config: { 'user.b': '1' } };
    await integrations().ensure(name, wanted);
    expect(await requestsOf(() => integrations().ensure(name, wanted))).toEqual([`GET ${path}/${name} 200`]);
    await expect(integrations().ensure(name, { type: 'zz' })).rejects.toThrow(InvalidInputError);
    expect((await integrations().all({ filter: { name } })).map(({ key }) => key)).toEqual([name]);
    expect((await integrations().all({ allProjects: true })).map(({ key }) => key)).toContain(name);
    await mine.rename(`${name}-b`);
    expect(mine.name).toBe(`${name}-b`);
    await expect(integrations().get(name)).rejects.toThrow(NotFoundError);
    expect((await mine.fetch()).description).toBe('near');
    await mine.delete();
    expect(await integrations().exists(mine.key)).toBe(false);
  });

  it('are watched, also when they are renamed', async () => {
    if (!client().server.has('network_integrations')) return;
    const name = uniqueName('far');
    const life = await lifeOf(integrations(), name, {
      synced: () => integrations().create(name),
      added: () => integrations().ref(name).rename(`${name}-b`),
      renamed: ({ key }) => integrations().ref(key).delete(),
    });
    expect(life).toEqual(['added', 'renamed -b', 'removed -b']);
  });
}
