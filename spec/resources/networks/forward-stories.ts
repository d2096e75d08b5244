import {
  AlreadyExistsError,
  DeletedError,
  InvalidInputError,
  NotFoundError,
  SaveConflictError,
  UnsupportedError,
  type Network,
} from 'tslxd';
import { lifeOf, type Subject } from '../support.js';

/** What holds of the forwards of a bridge on every server. */
export function tellOfForwards({ client, uniqueName, requestsOf }: Subject): void {
  let network: Network;
  beforeAll(async () => {
    network = await client().networks.create({
      name: uniqueName(),
      config: { 'ipv4.address': '10.77.15.1/24', 'ipv6.address': 'fd42:77:15::1/64' },
    });
  });
  afterAll(() => network.delete());

  const http = { protocol: 'tcp', listenPort: '80', targetAddress: '10.77.15.2' } as const;
  const dns = { protocol: 'udp', listenPort: '53', targetAddress: '10.77.15.3', targetPort: '5353' } as const;
  const stored = ({ protocol, listenPort, targetPort, targetAddress }: Partial<typeof dns>) => ({
    ...{ protocol, listenPort, targetAddress },
    targetPort: targetPort ?? '',
    description: '',
  });

  it('are created, found, listed and deleted by their listen addresses', async () => {
    const forward = await network.forwards.create({
      listenAddress: '198.51.100.1',
      description: 'first',
      config: { target_address: '10.77.15.9', 'user.a': '1' },
      ports: [http],
    });
    expect([forward.key, forward.listenAddress, forward.description, forward.location]).toEqual([
      '198.51.100.1',
      '198.51.100.1',
      'first',
      'none',
    ]);
    expect(forward.config).toEqual({ target_address: '10.77.15.9', 'user.a': '1' });
    expect(forward.ports).toMatchObject([stored(http as never)]);
    expect(await network.forwards.names()).toEqual(['198.51.100.1']);
    expect((await network.forwards.all()).map(({ ports }) => ports.length)).toEqual([1]);
    await expect(network.forwards.create('198.51.100.1')).rejects.toThrow(AlreadyExistsError);
    await expect(forward.rename('198.51.100.2')).rejects.toThrow(UnsupportedError);
    await forward.delete();
    expect(await network.forwards.find('198.51.100.1')).toBeUndefined();
    await expect(network.forwards.get('198.51.100.1')).rejects.toThrow(NotFoundError);
    await network.forwards.ref('198.51.100.1').delete({ ifExists: true });
  });

  it.each([
    ['2001:DB8:0::5', '2001:db8::5'],
    ['2001:0db8:0000:0000:0001:0000:0000:0005', '2001:db8::1:0:0:5'],
    ['::ffff:198.51.100.7', '198.51.100.7'],
    ['::FFFF:c633:6408', '198.51.100.8'],
    ['::1.2.3.4', '::102:304'],
  ])('are found by any spelling of their address: %s is %s', async (given, canonical) => {
    const { forwards } = network;
    const made = await forwards.create({ listenAddress: given });
    expect([made.key, forwards.ref(given).key]).toEqual([canonical, canonical]);
    expect((await forwards.get(given)).key).toBe(canonical);
    expect(await forwards.exists(given)).toBe(true);
    const again = await requestsOf(() => forwards.ensure(given, {}));
    expect(again).toHaveLength(1);
    await expect(forwards.create(given)).rejects.toThrow(AlreadyExistsError);
    await forwards.ref(given).delete();
    expect((await forwards.ensure(given, { description: 'x' })).key).toBe(canonical);
    await made.delete();
  });

  it('have ports that are edited in place: one write, whole, and nothing where nothing changed', async () => {
    const forward = await network.forwards.create({
      listenAddress: '198.51.100.10',
      description: 'kept',
      config: { 'user.a': '1' },
      ports: [http, dns],
    });
    forward.ports[0]!.listenPort = '80 , 8080';
    forward.ports.push({ ...http, listenPort: '9000-9002', description: ' last ' });
    const sent = await requestsOf(() => forward.save());
    expect(sent.filter((line) => !line.startsWith('GET '))).toEqual([
      expect.stringMatching(/^PUT .* 20[02]$/),
    ]);
    const now = await network.forwards.get('198.51.100.10');
    expect([now.description, now.config]).toEqual(['kept', { 'user.a': '1' }]);
    expect(now.ports.map(({ listenPort, description }) => [listenPort, description])).toEqual([
      ['80,8080', ''],
      ['53', ''],
      ['9000-9002', 'last'],
    ]);
    now.ports[0]!.listenPort = '80, 8080'; // the same to the server
    expect(now.isDirty).toBe(false);
    expect(await requestsOf(() => now.save())).toEqual([]);
    now.ports = [];
    await now.save();
    expect((await network.forwards.get('198.51.100.10')).ports).toEqual([]);
    await now.delete();
  });

  it('merge port by port, though no server looks at a version; the same one changed twice is a conflict', async () => {
    const { forwards } = network;
    const mine = await forwards.create({ listenAddress: '198.51.100.11', ports: [http, dns] });
    const theirs = await forwards.get('198.51.100.11');
    theirs.ports[0]!.targetPort = '8080';
    theirs.config['user.theirs'] = '1';
    await theirs.save();
    mine.ports[1]!.targetPort = '54';
    mine.description = 'mine';
    await mine.save();
    const both = await forwards.get('198.51.100.11');
    expect([both.description, both.config, both.ports.map(({ targetPort }) => targetPort)]).toEqual([
      'mine',
      { 'user.theirs': '1' },
      ['8080', '54'],
    ]);
    both.ports[0]!.targetPort = '8081';
    await both.save();
    mine.ports[0]!.targetPort = '8082';
    await expect(mine.save()).rejects.toThrow(SaveConflictError);
    await mine.save({ onConflict: 'mine' });
    expect((await both.fetch()).ports[0]!.targetPort).toBe('8082');
    await mine.delete();
  });

  it('take a target in any spelling', async () => {
    const ports = [{ protocol: 'tcp', listenPort: '80', targetAddress: 'FD42:77:15:0::2' }];
    const wanted = { ports };
    const forward = await network.forwards.ensure('2001:db8::12', wanted);
    expect(forward.ports[0]!.targetAddress).toBe('fd42:77:15::2');
    expect(await requestsOf(() => network.forwards.ensure('2001:db8::12', wanted))).toHaveLength(1);
    const again = await network.forwards.ensure('2001:db8::12', wanted);
    expect(again.ports).toEqual(forward.ports); // as the server spells them
    await forward.delete();
  });

  it('refuse what the server would, and say so', async () => {
    const { forwards } = network;
    const sent = await requestsOf(async () => {
      for (const odd of [
        'nope',
        '',
        '198.51.100.300',
        '198.51.100.1/32',
        'fe80::1%eth0',
        ' 198.51.100.1',
        '01.1.1.1',
      ])
        await expect(forwards.create(odd)).rejects.toThrow(InvalidInputError);
      expect(() => forwards.ref('a/b')).toThrow(InvalidInputError);
      await expect(forwards.get('nope')).rejects.toThrow(/"nope" is not an IP address/);
      await expect(forwards.ensure('nope')).rejects.toThrow(InvalidInputError);
      await expect(forwards.create({ listenAddress: 1 } as never)).rejects.toThrow(InvalidInputError);
      await expect(forwards.create({} as never)).rejects.toThrow(InvalidInputError);
      await expect(forwards.create({ name: 'x' } as never)).rejects.toThrow(InvalidInputError);
      const ports = [{ ...http, listen_port: '80' }];
      await expect(forwards.create({ listenAddress: '198.51.100.13', ports })).rejects.toThrow(
        /ports\[0\]\.listen_port/,
      );
    });
    expect(sent).toEqual([]);
    const odd = { listenAddress: '198.51.100.13', ports: [{ ...http, targetAddress: '10.99.0.1' }] };
    await expect(forwards.create(odd)).rejects.toThrow(/subnet/);
    await expect(forwards.all({ allProjects: true })).rejects.toThrow(UnsupportedError);
    expect(await forwards.names()).toEqual([]);
  });

  it('follow a network that is renamed', async () => {
    const config = { 'ipv4.address': '10.77.16.1/24', 'ipv6.address': 'none' };
    const other = await client().networks.create({ name: uniqueName(), config });
    const forward = await other.forwards.create('198.51.100.15');
    await other.rename(uniqueName());
    forward.description = 'moved';
    await forward.save();
    expect((await other.forwards.get('198.51.100.15')).description).toBe('moved');
    await other.delete();
    await expect(other.forwards.names()).rejects.toThrow(DeletedError);
    await expect(client().networks.ref(other.key).forwards.names()).rejects.toThrow(NotFoundError);
  });

  it('are watched', async () => {
    const { forwards } = network;
    const life = await lifeOf(forwards, '2001:db8::16', {
      synced: () => forwards.create('2001:db8::16'),
      added: (forward) => {
        forward.description = 'new';
        return forward.save({ verify: false });
      },
      changed: (forward) => forward.delete(),
    });
    expect(life).toEqual(['added', 'changed', 'removed']);
  });

  it('there are no load balancers and peers of a bridge', async () => {
    await expect(network.loadBalancers.all()).rejects.toThrow(UnsupportedError);
    await expect(network.loadBalancers.create('198.51.100.1')).rejects.toThrow(UnsupportedError);
    await expect(network.loadBalancerPools.names()).rejects.toThrow(UnsupportedError);
    await expect(network.peers.all()).rejects.toThrow(UnsupportedError);
    await expect(network.peers.create({ name: 'x', targetNetwork: 'y' })).rejects.toThrow(UnsupportedError);
  });
}
