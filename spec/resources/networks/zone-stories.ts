import { randomBytes, randomInt } from 'node:crypto';
import {
  AlreadyExistsError,
  InUseError,
  InvalidInputError,
  NotFoundError,
  SaveConflictError,
  UnsupportedError,
  type NetworkZone,
} from 'tslxd';
import { lifeOf, type Subject } from '../support.js';

/** What holds of network zones on every server. */
export function tellOfZones({ client, uniqueName, requestsOf }: Subject): void {
  const zones = () => client().networks.zones;
  /** A name of its own, and of a record: those are unique over all zones of LXD 5.0. */
  const zoneName = () => `${uniqueName('zone')}.example`;
  const address = { type: 'A', value: '10.0.0.1', ttl: 60 };
  const text = { type: 'TXT', value: 'hello' };
  const made: NetworkZone[] = [];
  const newZone = async () => {
    const zone = await zones().create(zoneName());
    made.push(zone);
    return zone;
  };
  afterEach(async () => {
    for (const zone of made.splice(0)) await zone.delete({ ifExists: true });
  });

  it('are created, listed, changed in one write, and deleted with their records', async () => {
    const name = zoneName();
    const zone = await zones().create({ name, description: 'lab', config: { 'dns.nameservers': 'ns.a' } });
    made.push(zone);
    expect([zone.name, zone.description, zone.usedBy]).toEqual([name, 'lab', []]);
    expect(await zones().names()).toContain(name);
    expect((await zones().all()).map(({ key }) => key)).toContain(name);
    await expect(zones().create(name)).rejects.toThrow(AlreadyExistsError);
    zone.config['network.nat'] = 'false';
    zone.config['peers.ns2.address'] = '10.0.0.2';
    delete zone.config['dns.nameservers'];
    const requests = await requestsOf(() => zone.save({ verify: false }));
    expect(requests.filter((line) => !line.startsWith('GET '))).toEqual([
      expect.stringMatching(`^PUT /1.0/network-zones/${name} 20[02]$`),
    ]);
    const stored = await zones().get(name);
    expect(stored.config).toEqual({ 'network.nat': 'false', 'peers.ns2.address': '10.0.0.2' });
    expect(stored.description).toBe('lab');
    await zone.records.create(uniqueName('www'));
    await zone.delete();
    await expect(zones().get(name)).rejects.toThrow(NotFoundError);
    await expect(stored.records.names()).rejects.toThrow(NotFoundError);
  });

  it('are brought to a state, the second time without a write, and cannot be renamed', async () => {
    const name = zoneName();
    const wanted = { description: 'wanted', config: { 'user.a': '1' } };
    made.push(await zones().ensure(name, wanted));
    const again = await requestsOf(() => zones().ensure(name, wanted));
    expect(again).toEqual([`GET /1.0/network-zones/${name} 200`]);
    const zone = await zones().get(name);
    expect(await requestsOf(() => zone.rename('x.example').catch(() => undefined))).toEqual([]);
    await expect(zone.rename('x.example')).rejects.toThrow(UnsupportedError);
  });

  it('have records of any name, edited in place: one write, whole', async () => {
    const { records } = await newZone();
    const odd = ['*.w', 'a b', 'a%2Fb', '100%'].map((part) => uniqueName(part));
    for (const name of ['@', '*', ...odd]) {
      const record = await records.create({ name, entries: [address] });
      expect([record.key, record.name]).toEqual([name, name]);
      expect((await records.get(name)).entries).toEqual([address]);
      expect(await records.names()).toEqual([name]);
      await record.delete();
    }
    const zone = made[0]!;
    const record = await records.create({ name: uniqueName('www'), description: 'kept', entries: [address] });
    expect(record.zone).toBe(zone.name);
    record.entries[0]!.ttl = 0;
    record.entries.push(text, { type: 'MX', value: '10 mail.example.net.', ttl: 5 });
    const path = `/1.0/network-zones/${zone.name}/records/${record.name}`;
    const requests = await requestsOf(() => record.save({ verify: false }));
    expect(requests.filter((line) => !line.startsWith('GET '))).toEqual([
      expect.stringMatching(`^PUT ${path} 20[02]$`),
    ]);
    const stored = await records.get(record.name);
    expect(stored.entries.map(({ type, ttl }) => [type, ttl])).toEqual([
      ['A', undefined],
      ['TXT', undefined],
      ['MX', 5],
    ]);
    expect([stored.description, stored.config]).toEqual(['kept', {}]);
    stored.entries[0]!.value = ' 10.0.0.1 '; // the same in a zone file
    stored.entries[1]!.ttl = 0;
    expect(await requestsOf(() => stored.save())).toEqual([]);
    stored.revert().entries = [];
    await stored.save();
    expect((await records.get(record.name)).entries).toEqual([]);
    const wanted = { entries: [text], config: { 'user.a': '1' } };
    await records.ensure(record.name, wanted);
    expect(await requestsOf(() => records.ensure(record.name, wanted))).toEqual([`GET ${path} 200`]);
  });

  it('have records that merge entry by entry: two who change different ones do not conflict', async () => {
    const { records } = await newZone();
    const name = uniqueName('www');
    const mine = await records.create({ name, entries: [address, text] });
    const theirs = await records.get(name);
    theirs.entries[0]!.ttl = 5;
    theirs.config['user.theirs'] = '1';
    await theirs.save();
    mine.entries[1]!.value = 'bye';
    mine.entries.push({ type: 'AAAA', value: '::1' });
    await mine.save();
    const both = await records.get(name);
    expect(both.entries.map(({ value, ttl }) => [value, ttl])).toEqual([
      ['10.0.0.1', 5],
      ['bye', undefined],
      ['::1', undefined],
    ]);
    expect(both.config).toEqual({ 'user.theirs': '1' });
    both.entries[0]!.ttl = 9;
    await both.save();
    mine.entries[0]!.ttl = 7;
    await expect(mine.save()).rejects.toThrow(SaveConflictError);
  });

  it('refuse what the server would, before it is sent where that can be', async () => {
    const zone = await newZone();
    const { records } = zone;
    const name = uniqueName('www');
    const wrong = [
      { entries: [{ ...address, ttl: -1 }] },
      { entries: [{ ...address, ttl: 1.5 }] },
      { entries: [{ ...address, ttl: '5' as never }] },
      { entries: [{ ...address, tll: 5 }] },
      { entries: [{ type: 'A' } as never, 'x' as never] },
      { entries: 'all' as never },
    ];
    const sent = await requestsOf(async () => {
      for (const input of wrong)
        await expect(records.create({ name, ...input })).rejects.toThrow(InvalidInputError);
      for (const bad of ['', 'a/b', '..', 1 as never])
        await expect(records.create(bad)).rejects.toThrow(InvalidInputError);
      await expect(records.create({ name, ttl: 5 } as never)).rejects.toThrow(InvalidInputError);
      await expect(records.ref('@').rename('x')).rejects.toThrow(UnsupportedError);
    });
    expect(sent.filter((line) => !line.startsWith('GET '))).toEqual([]);
    const unread = { name, entries: [{ type: 'A', value: 'nowhere' }] };
    await expect(records.create(unread)).rejects.toThrow('bad A A');
    await expect(records.create({ name, entries: [address, { ...address, ttl: 9 }] })).rejects.toThrow(
      'Duplicate record',
    );
    await records.create(name);
    await expect(records.create(name)).rejects.toThrow(AlreadyExistsError);
    await expect(zones().ref(`no-${zone.name}`).records.create(name)).rejects.toThrow(NotFoundError);
  });

  it('share the names of their records only where the server lets them', async () => {
    const [first, second] = [await newZone(), await newZone()];
    const name = uniqueName('www');
    await first.records.create(name);
    for (const again of [
      () => second.records.create(name),
      () => second.records.ensure(name, { entries: [text] }),
    ]) {
      if (client().server.product === 'incus') await again();
      else await expect(again()).rejects.toThrow(UnsupportedError);
    }
    await expect(first.records.create(name)).rejects.toThrow(AlreadyExistsError);
  });

  it('are filtered, and listed over projects, where the server does that', async () => {
    const zone = await newZone();
    const filtered = zones().all({ filter: { name: zone.name } });
    if (client().server.product === 'incus')
      expect((await filtered).map(({ key }) => key)).toEqual([zone.key]);
    else await expect(filtered).rejects.toThrow(UnsupportedError);
    const all = zones().all({ allProjects: true });
    if (client().server.has('network_zones_all_projects')) {
      const listed = (await all).find(({ key }) => key === zone.key);
      expect(listed?.project).toBe('default');
      expect((await listed!.fetch()).project).toBe('');
    } else await expect(all).rejects.toThrow(UnsupportedError);
  });

  it('that a network names are in use, and a network names none that is not there', async () => {
    const zone = await newZone();
    const lost = `no-${zone.name}`;
    const named = (name: string) => ({
      name: `zn${randomBytes(4).toString('hex')}`,
      config: {
        'ipv4.address': `10.213.${String(randomInt(20, 255))}.1/24`,
        'ipv6.address': 'none',
        'dns.zone.forward': name,
      },
    });
    await expect(client().networks.create(named(lost))).rejects.toThrow(lost);
    const network = await client().networks.create(named(zone.name));
    try {
      expect((await zone.fetch()).usedBy).toEqual([`/1.0/networks/${network.name}`]);
      await expect(zone.delete()).rejects.toThrow(InUseError);
    } finally {
      await network.delete();
    }
  });

  it('are of a project that has its own, else of the default one, and of all found in their own', async () => {
    const { projects, server } = client();
    const feature = server.has('projects_networks_zones') ? 'features.networks.zones' : 'features.networks';
    const config = { 'features.images': 'false', 'features.profiles': 'false' };
    const own = await projects.create({ name: uniqueName('own'), config: { ...config, [feature]: 'true' } });
    const bare = await projects.create({ name: uniqueName('bare'), config });
    const [inOwn, inBare] = [own, bare].map(({ name }) => client().useProject(name).networks.zones);
    const zone = await inOwn!.create(zoneName());
    await zone.records.create(uniqueName('www'));
    expect(await zones().exists(zone.name)).toBe(false);
    await expect(zones().create(zone.name)).rejects.toThrow(AlreadyExistsError); // names are unique over all
    const shared = await inBare!.create(zoneName());
    made.push(await zones().get(shared.name));
    expect(await inOwn!.names()).toEqual([zone.name]);
    if (server.has('network_zones_all_projects')) {
      const [listed] = await zones().all({ allProjects: true, filter: { name: zone.name } });
      expect(listed?.project).toBe(own.name);
      expect(await listed!.records.names()).toHaveLength(1);
      const all = await zones().all({ allProjects: true, recursion: 0 });
      await all.find(({ key }) => key === zone.name)!.delete();
    } else await zone.delete();
    expect(await inOwn!.names()).toEqual([]);
    for (const project of [own, bare]) await project.delete();
  });

  it('are watched, and so are their records', async () => {
    const zone = await newZone();
    const name = uniqueName('www');
    const record = await lifeOf(zone.records, name, {
      synced: () => zone.records.create(name),
      added: (own) => {
        own.entries.push(text);
        return own.save({ verify: false });
      },
      changed: (own) => own.delete(),
    });
    expect(record).toEqual(['added', 'changed', 'removed']);
    const life = await lifeOf(zones(), zone.key, {
      synced: () => {
        zone.description = 'new';
        return zone.save({ verify: false });
      },
      changed: (own) => own.delete(),
    });
    expect(life).toEqual(['added', 'changed', 'removed']);
  });
}
