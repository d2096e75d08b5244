import {
  AlreadyExistsError,
  InUseError,
  InvalidInputError,
  NotFoundError,
  UnsupportedError,
  type Network,
} from 'tslxd';
import { lifeOf, type Subject } from '../support.js';

/** A server to tell stories about, real or not. */
export interface NetworkSubject extends Subject {
  /** At most nine letters. */
  uniqueName(): string;
  /** An interface of the host that the server does not manage. */
  hostInterface: string;
}

const writes = (requests: string[]) => requests.filter((line) => !line.startsWith('GET '));

/** What holds of networks on every server. */
export function tellOfNetworks({ client, uniqueName, requestsOf, hostInterface }: NetworkSubject): void {
  const networks = () => client().networks;
  // Not every machine has an IPv4 subnet left that its routers do not answer for.
  const noIPv4 = { 'ipv4.address': 'none' };
  const noIPs = { ...noIPv4, 'ipv6.address': 'none' };

  it('are created, found, listed, renamed and deleted; the server chooses addresses, which are read', async () => {
    const name = uniqueName();
    const config = { ...noIPv4, 'user.a': '1' };
    const network = await networks().create({ name, description: 'first', config });
    expect([network.name, network.type, network.managed, network.status]).toEqual([
      name,
      'bridge',
      true,
      'Created',
    ]);
    expect(network.description).toBe('first');
    expect(network.config).toMatchObject({ ...config, 'ipv6.nat': 'true' });
    expect(network.config['ipv6.address']).toMatch(/^fd42:.*::1\/64$/);
    expect([network.usedBy, network.locations]).toEqual([[], ['none']]);
    expect(await networks().names()).toContain(name);
    expect((await networks().all()).find(({ key }) => key === name)?.config).toEqual(network.config);
    await expect(networks().create({ name, config: noIPs })).rejects.toThrow(AlreadyExistsError);
    await network.rename(`${name}-b`);
    expect(await networks().exists(name)).toBe(false);
    expect((await networks().get(`${name}-b`)).description).toBe('first');
    await network.delete();
    await expect(networks().get(`${name}-b`)).rejects.toThrow(NotFoundError);
    await networks().ref(name).delete({ ifExists: true });
  });

  it('are created of every type that a machine without more has', async () => {
    const bridge = await networks().create({ name: uniqueName(), config: noIPs });
    const input = { name: uniqueName(), type: 'macvlan', config: { parent: bridge.name } };
    const macvlan = await networks().create(input);
    expect([bridge.type, macvlan.type, macvlan.config]).toEqual(['bridge', 'macvlan', input.config]);
    await expect(macvlan.leases()).rejects.toThrow(UnsupportedError);
    await expect(macvlan.forwards.all()).rejects.toThrow(UnsupportedError);
    await expect(macvlan.forwards.create({ listenAddress: '198.51.100.1' })).rejects.toThrow(/macvlan/);
    await expect(networks().create({ name: uniqueName(), type: 'nope' })).rejects.toThrow(/driver/);
    await macvlan.delete();
    await bridge.delete();
  });

  it('are saved with what changed alone; what the server makes of `auto` is read', async () => {
    const network = await networks().create({ name: uniqueName(), description: 'kept', config: noIPv4 });
    const { 'ipv6.address': address } = network.config;
    network.config['user.a'] = '1';
    delete network.config['ipv6.nat'];
    const sent = await requestsOf(() => network.save());
    expect(writes(sent)).toEqual([expect.stringMatching(/^PATCH .* 20[02]$/)]);
    const now = await networks().get(network.name);
    expect(now.description).toBe('kept');
    expect(now.config).toEqual({ ...noIPv4, 'ipv6.address': address, 'user.a': '1' });
    network.config['ipv6.address'] = 'auto';
    await network.save();
    expect(network.config['ipv6.address']).toMatch(/^fd42:.*::1\/64$/);
    expect(network.config['ipv6.address']).not.toBe(address);
    expect(network.isDirty).toBe(false);
    expect(await requestsOf(() => network.save())).toEqual([]);
    await network.delete();
  });

  it('are brought to a state, the second time without a write', async () => {
    const name = uniqueName();
    const wanted = { description: 'wanted', config: { ...noIPs, 'user.a': '1' } };
    await networks().ensure(name, wanted);
    expect(await requestsOf(() => networks().ensure(name, wanted))).toEqual([
      `GET /1.0/networks/${name} 200`,
    ]);
    const changed = await networks().ensure(name, { config: { 'user.a': '2' } });
    expect([changed.description, changed.config['user.a']]).toEqual(['wanted', '2']);
    await expect(networks().ensure(name, { type: 'macvlan' })).rejects.toThrow(InvalidInputError);
    await changed.delete();
  });

  it('keep the addresses that the server has chosen when they are brought to a state again', async () => {
    const name = uniqueName();
    const wanted = { config: { 'ipv4.address': 'none', 'ipv6.address': 'auto' } };
    const made = await networks().ensure(name, wanted);
    const { 'ipv6.address': address } = made.config;
    expect(address).toMatch(/^fd42:.*::1\/64$/);
    expect(await requestsOf(() => networks().ensure(name, wanted))).toHaveLength(1);
    const same = await networks().ensure(name, { config: { ...wanted.config, 'user.a': '1' } });
    expect([same.config['ipv6.address'], same.config['user.a']]).toEqual([address, '1']);
    await made.delete();
  });

  it('merge what two write to different keys', async () => {
    const mine = await networks().create({ name: uniqueName(), config: noIPs });
    const theirs = await networks().get(mine.name);
    theirs.config['user.theirs'] = '1';
    await theirs.save();
    mine.config['user.mine'] = '1';
    mine.description = 'mine';
    await mine.save();
    const both = await networks().get(mine.name);
    expect([both.description, both.config]).toMatchObject(['mine', { 'user.mine': '1', 'user.theirs': '1' }]);
    await mine.delete();
  });

  it('tell of their interface, and of the addresses that they have given away', async () => {
    const network = await networks().create({
      name: uniqueName(),
      config: { ...noIPs, 'ipv4.address': '10.77.13.1/24' },
    });
    const state = await network.state();
    expect(state.addresses[0]).toMatchObject({ family: 'inet', address: '10.77.13.1', netmask: '24' });
    expect([state.type, state.mtu, state.bond, state.vlan, state.ovn]).toEqual([
      'broadcast',
      1500,
      null,
      null,
      null,
    ]);
    expect(state.bridge).toMatchObject({ stp: false, upperDevices: [] });
    expect(state.counters?.bytesReceived).toBeGreaterThanOrEqual(0);
    const leases = await network.leases();
    expect(leases).toMatchObject([
      { hostname: `${network.name}.gw`, hwaddr: '', address: '10.77.13.1', type: 'gateway' },
    ]);
    await network.delete();
  });

  it('have addresses, which the server lists where it can', async () => {
    const network = await networks().create({
      name: uniqueName(),
      config: { ...noIPs, 'ipv4.address': '10.77.14.1/24' },
    });
    await network.forwards.create('198.51.100.14');
    const list = networks().allocations();
    if (client().server.has('network_allocations')) {
      const ours = (await list).filter(({ usedBy }) => usedBy.includes(network.name));
      expect(ours).toMatchObject([
        { type: 'network', addresses: '10.77.14.1/24', nat: false, hwaddr: '' },
        { type: 'network-forward', addresses: '198.51.100.14/32', nat: false },
      ]);
      expect((await networks().allocations({ allProjects: true })).length).toBeGreaterThanOrEqual(2);
    } else {
      await expect(list).rejects.toMatchObject({ extension: 'network_allocations' });
    }
    await network.delete(); // a forward is no hindrance
  });

  it('in use are not renamed and not deleted', async () => {
    const network = await networks().create({ name: uniqueName(), config: noIPs });
    const profile = await client().profiles.create({
      name: network.name,
      devices: { eth0: { type: 'nic', network: network.name, name: 'eth0' } },
    });
    expect((await network.fetch()).usedBy).toEqual([`/1.0/profiles/${network.name}`]);
    await expect(network.delete()).rejects.toThrow(InUseError);
    await expect(network.rename(uniqueName())).rejects.toThrow(InUseError);
    await profile.delete();
    await network.delete();
  });

  it('of the host are listed and read, and a write to one is refused before it is sent', async () => {
    const all = await networks().all();
    const listed = all.find(({ key }) => key === hostInterface);
    const one = await networks().get(hostInterface);
    expect([listed?.managed, one.managed, one.config, one.locations]).toEqual([false, false, {}, []]);
    expect((await one.state()).addresses.length).toBeGreaterThan(0);
    const refused = async (of: Network) => {
      of.description = 'x';
      await expect(of.save()).rejects.toThrow(UnsupportedError);
      await expect(of.save({ dryRun: true })).rejects.toThrow(UnsupportedError);
      await expect(of.rename('x')).rejects.toThrow(UnsupportedError);
      await expect(of.delete({ ifExists: true })).rejects.toThrow(/not manage/);
      await expect(networks().ensure(hostInterface, { description: 'x' })).rejects.toThrow(UnsupportedError);
      await expect(networks().ensure(hostInterface)).rejects.toThrow(UnsupportedError);
    };
    expect(writes(await requestsOf(() => refused(one)))).toEqual([]);
    expect(writes(await requestsOf(() => refused(listed!)))).toEqual([]);
  });

  it('of the host are not taken for missing ones, fetched or not', async () => {
    const calls: [string, (of: Network) => Promise<unknown>][] = [
      ['delete()', (of) => of.delete()],
      ['delete({ ifExists })', (of) => of.delete({ ifExists: true })],
      ['rename()', (of) => of.rename('x')],
      ['leases()', (of) => of.leases()],
      ['forwards.all()', (of) => of.forwards.all()],
      ['forwards.find()', (of) => of.forwards.find('192.0.2.1')],
      ['forwards.create()', (of) => of.forwards.create('192.0.2.1')],
      ['a forward delete({ ifExists })', (of) => of.forwards.ref('192.0.2.1').delete({ ifExists: true })],
      ['peers.names()', (of) => of.peers.names()],
    ];
    for (const [title, call] of calls) {
      for (const one of [networks().ref(hostInterface), await networks().get(hostInterface)]) {
        const error: unknown = await call(one).catch((reason: unknown) => reason);
        expect([title, error]).toEqual([title, expect.any(UnsupportedError)]);
        expect((error as Error).message).toMatch(`'${hostInterface}' is an interface of the host`);
      }
    }
    const missing = networks().ref(uniqueName());
    await expect(missing.leases()).rejects.toThrow(NotFoundError);
    await expect(missing.forwards.all()).rejects.toThrow(NotFoundError);
    await expect(missing.delete()).rejects.toThrow(NotFoundError);
    await missing.delete({ ifExists: true });
  });

  it('refuse what the server would, and say so', async () => {
    const name = uniqueName();
    const sent = await requestsOf(async () => {
      for (const input of [
        {},
        { name: '' },
        { name, nope: '1' },
        { name, config: { 'ipv4.nat': true } },
        { name, config: 'x' },
      ])
        await expect(networks().create(input as never)).rejects.toThrow(InvalidInputError);
      await expect(networks().create(name, { whait: true } as never)).rejects.toThrow(/whait/);
      await expect(networks().allocations({ project: 'x' } as never)).rejects.toThrow(/project/);
    });
    expect(sent).toEqual([]);
    await expect(networks().create({ name, config: { ...noIPs, nope: '1' } })).rejects.toThrow(/nope/);
    expect(await networks().exists(name)).toBe(false);
    await expect(networks().create({ name: 'x'.repeat(16), config: noIPs })).rejects.toThrow(/15/);
  });

  it('are watched', async () => {
    const name = uniqueName();
    const life = await lifeOf(networks(), name, {
      synced: () => networks().create({ name, config: noIPs }),
      added: (network) => {
        network.description = 'new';
        return network.save({ verify: false });
      },
      changed: (network) => network.delete(),
    });
    expect(life).toEqual(['added', 'changed', 'removed']);
  });
}
