import {
  AlreadyExistsError,
  InUseError,
  InvalidInputError,
  NotFoundError,
  SaveConflictError,
  UnsupportedError,
} from 'tslxd';
import { lifeOf, type Subject } from '../support.js';

/** What holds of network ACLs on every server. */
export function tellOfAcls({ client, uniqueName, requestsOf }: Subject): void {
  const acls = () => client().networks.acls;
  const ssh = { action: 'allow', state: 'enabled', protocol: 'tcp', destinationPort: '22' } as const;
  const web = { action: 'allow', state: 'enabled', protocol: 'tcp', destinationPort: '80, 443' } as const;

  it('are created, found, listed, renamed and deleted', async () => {
    const name = uniqueName('acl');
    const acl = await acls().create({
      name,
      description: 'first',
      ingress: [ssh],
      config: { 'user.a': '1' },
    });
    expect([acl.name, acl.description, acl.config, acl.egress]).toEqual([
      name,
      'first',
      { 'user.a': '1' },
      [],
    ]);
    expect(acl.ingress).toEqual([ssh]);
    expect(acl.usedBy).toEqual([]);
    expect((await acls().names()).includes(name)).toBe(true);
    expect((await acls().all()).find(({ key }) => key === name)?.ingress).toEqual([ssh]);
    expect(await requestsOf(() => acls().names())).toHaveLength(1);
    await expect(acls().create(name)).rejects.toThrow(AlreadyExistsError);
    await acl.rename(`${name}-b`);
    expect(await acls().exists(name)).toBe(false);
    expect((await acls().get(`${name}-b`)).name).toBe(`${name}-b`);
    await acl.delete();
    expect(await acls().find(`${name}-b`)).toBeUndefined();
    await expect(acls().get(name)).rejects.toThrow(NotFoundError);
    await acls().ref(name).delete({ ifExists: true });
  });

  it('have rules that are edited in place: one write, whole, and nothing where nothing changed', async () => {
    const acl = await acls().create({ name: uniqueName('acl'), description: 'kept', ingress: [ssh, web] });
    acl.ingress[0]!.state = 'logged';
    acl.ingress.push({ action: 'drop', state: 'enabled', source: '10.0.0.0/8 , 192.168.0.0/16' });
    acl.egress.push({ action: 'reject', state: 'enabled', destination: '1.1.1.1' });
    const requests = await requestsOf(() => acl.save());
    const writes = requests.filter((line) => !line.startsWith('GET '));
    expect(writes).toEqual([expect.stringMatching(`^PUT /1.0/network-acls/${acl.name} 20[02]$`)]);
    const stored = await acls().get(acl.name);
    expect(stored.description).toBe('kept');
    expect(stored.ingress.map(({ state, source }) => [state, source])).toEqual([
      ['logged', undefined],
      ['enabled', undefined],
      ['enabled', '10.0.0.0/8,192.168.0.0/16'],
    ]);
    expect(stored.egress).toHaveLength(1);
    acl.ingress[1]!.destinationPort = '80 ,443'; // the same to the server
    acl.ingress[0]!.description = '';
    expect(acl.isDirty).toBe(false);
    expect(await requestsOf(() => acl.save())).toEqual([]);
    expect(acl.revert().ingress).toEqual(stored.ingress); // as the server spells them
    acl.ingress = [];
    await acl.save();
    expect((await acls().get(acl.name)).ingress).toEqual([]);
    await acl.delete();
  });

  it('merge rule by rule: two who change different ones do not conflict, the same one does', async () => {
    const name = uniqueName('acl');
    const mine = await acls().create({ name, ingress: [ssh, web] });
    const theirs = await acls().get(name);
    theirs.ingress[0]!.source = '10.0.0.1';
    theirs.config['user.theirs'] = '1';
    await theirs.save();
    mine.ingress[1]!.state = 'disabled';
    mine.egress.push(ssh);
    await mine.save();
    const both = await acls().get(name);
    expect(both.ingress.map(({ source, state }) => [source, state])).toEqual([
      ['10.0.0.1', 'enabled'],
      [undefined, 'disabled'],
    ]);
    expect([both.egress.length, both.config]).toEqual([1, { 'user.theirs': '1' }]);
    both.ingress[0]!.source = '10.0.0.2';
    await both.save();
    mine.ingress[0]!.source = '10.0.0.3';
    await expect(mine.save()).rejects.toThrow(SaveConflictError);
    await mine.revert().fetch();
    await mine.delete();
  });

  it('are brought to a state, the second time without a write', async () => {
    const name = uniqueName('acl');
    const wanted = { description: 'wanted', ingress: [ssh], config: { 'user.a': '1' } };
    await acls().ensure(name, wanted);
    const again = await requestsOf(() => acls().ensure(name, wanted));
    expect(again).toEqual([`GET /1.0/network-acls/${name} 200`]);
    const changed = await acls().ensure(name, { ingress: [web] });
    expect([changed.ingress.length, changed.description]).toEqual([1, 'wanted']);
    await changed.delete();
  });

  it('refuse what the server would, and say so', async () => {
    const name = uniqueName('acl');
    const acl = await acls().create(name);
    acl.ingress = [{ ...ssh, state: 'nope' }];
    await expect(acl.save()).rejects.toThrow(/state/i);
    acl.revert();
    acl.ingress.push({ ...ssh, destinationPort: 22 as never });
    await expect(acl.save()).rejects.toThrow(InvalidInputError);
    acl.revert();
    const misspelt = { ...ssh, sorce: '10.0.0.1' };
    const sent = await requestsOf(async () => {
      acl.ingress.push(misspelt);
      await expect(acl.save()).rejects.toThrow(/ingress\[0\]\.sorce is not a known field/);
      acl.revert();
      for (const ingress of [[misspelt], [{ ...ssh, destination_port: '22' }]])
        await expect(acls().create({ name: `${name}-z`, ingress })).rejects.toThrow(InvalidInputError);
      await expect(acls().ensure(`${name}-z`, { egress: [misspelt] })).rejects.toThrow(InvalidInputError);
    });
    expect(sent.filter((line) => !line.startsWith('GET '))).toEqual([]);
    const noLog = await acl.log().catch((error: unknown) => error);
    expect(noLog).toMatchObject({ name: 'UnsupportedError', cause: { status: 500 } });
    expect(String(noLog)).toContain('OVN networks only');
    await expect(acls().create({ name: `${name}-x`, ingress: 'all' as never })).rejects.toThrow(
      InvalidInputError,
    );
    await expect(acls().create({} as never)).rejects.toThrow(InvalidInputError);
    await expect(acls().create(name, { whait: false } as never)).rejects.toThrow(/unknown option 'whait'/);
    const user = await acls().create({ name: `${name}-y`, ingress: [{ ...ssh, source: name }] });
    expect((await acl.fetch()).usedBy).toEqual([`/1.0/network-acls/${name}-y`]);
    await expect(acl.delete()).rejects.toThrow(InUseError);
    await user.delete();
    await acl.delete();
  });

  it('of all projects come where the server lists them', async () => {
    const list = acls().all({ allProjects: true });
    if (client().server.has('network_acls_all_projects')) await expect(list).resolves.toBeInstanceOf(Array);
    else await expect(list).rejects.toThrow(UnsupportedError);
  });

  it('of all projects are each in its own, also where the URLs of the list do not say so', async () => {
    const { projects, server } = client();
    if (!server.has('network_acls_all_projects')) return;
    const config = { 'features.networks': 'true', 'features.images': 'false', 'features.profiles': 'false' };
    const lab = await projects.create({ name: uniqueName('lab'), config });
    const name = uniqueName('acl');
    const ours = await acls().create({ name, description: 'ours' });
    await client().useProject(lab.name).networks.acls.create({ name, description: 'theirs' });
    const both = (await acls().all({ allProjects: true, recursion: 0 })).filter(({ key }) => key === name);
    const told = await Promise.all(both.map(async (acl) => (await acl.fetch()).description));
    expect(told.sort()).toEqual(['ours', 'theirs']);
    for (const acl of both) if (acl.description === 'theirs') await acl.delete();
    expect(await client().useProject(lab.name).networks.acls.names()).toEqual([]);
    await ours.fetch();
    await ours.delete();
    await lab.delete();
  });

  it('are watched', async () => {
    const name = uniqueName('acl');
    const life = await lifeOf(acls(), name, {
      synced: () => acls().create(name),
      added: (acl) => {
        acl.description = 'new';
        return acl.save({ verify: false });
      },
      changed: (acl) => acl.delete(),
    });
    expect(life).toEqual(['added', 'changed', 'removed']);
  });
}
