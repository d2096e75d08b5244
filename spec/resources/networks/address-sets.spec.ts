import { AlreadyExistsError, InUseError, InvalidInputError, UnsupportedError } from 'tslxd';
import { describeFakes, describeSubjects, sent } from '../support.js';

describeSubjects(
  'network address sets',
  ({ client, uniqueName, requestsOf }) => {
    const sets = () => client().networks.addressSets;
    const writes = async (work: () => Promise<unknown>) =>
      (await requestsOf(work)).filter((line) => !line.startsWith('GET '));

    it('are edited in place: one write, whole, and merged address by address', async () => {
      const name = uniqueName('web');
      const mine = await sets().create({ name, description: 'kept', addresses: ['10.0.0.1', '2001:DB8::1'] });
      await expect(sets().create(name)).rejects.toThrow(AlreadyExistsError);
      expect(mine.config).toEqual({}); // which the server leaves out
      expect([mine.addresses, mine.project]).toEqual([['10.0.0.1', '2001:DB8::1'], 'default']);
      const theirs = await sets().get(name);
      theirs.addresses.push('10.0.1.0/24');
      expect(await writes(() => theirs.save())).toEqual([`PUT /1.0/network-address-sets/${name} 200`]);
      mine.addresses[0] = '10.0.0.9';
      mine.config['user.a'] = '1';
      await mine.save();
      const both = await sets().get(name);
      expect([...both.addresses].sort()).toEqual(['10.0.0.9', '10.0.1.0/24', '2001:DB8::1']);
      expect([both.description, both.config]).toEqual(['kept', { 'user.a': '1' }]);
      expect(await writes(() => sets().ensure(name, { addresses: both.addresses }))).toEqual([]);
      both.addresses.push('nowhere');
      await expect(both.save()).rejects.toThrow('Unsupported address format');
      expect(() => (both.addresses = [1] as never)).toThrow(InvalidInputError);
      await both.revert().rename(`${name}-b`);
      expect(await sets().names()).toContain(`${name}-b`);
      await both.delete();
    });

    it('are used by the rules of ACLs that name them', async () => {
      const set = await sets().create(uniqueName('web'));
      const source = `$${set.name}`;
      const acl = await client().networks.acls.create({
        name: uniqueName('acl'),
        ingress: [{ action: 'allow', state: 'enabled', source }],
      });
      expect((await set.fetch()).usedBy).toEqual([`/1.0/network-acls/${acl.name}`]);
      await expect(set.delete()).rejects.toThrow(InUseError);
      await acl.delete();
      await set.delete();
    });
  },
  { more: ['network_address_set'] },
);

describeFakes('network address sets', (start) => {
  it('are refused by servers without them, which are asked no more than what they have', async () => {
    const { server, client } = await start();
    const { addressSets } = client.networks;
    const refused = [addressSets.names(), addressSets.create('a'), addressSets.ref('a').fetch()];
    const error = { name: 'UnsupportedError', extension: 'network_address_set' };
    await Promise.all(refused.map((promise) => expect(promise).rejects.toMatchObject(error)));
    await expect(addressSets.all({ allProjects: true })).rejects.toThrow(UnsupportedError);
    expect(new Set(sent(server))).toEqual(new Set(['GET /1.0']));
    expect(() => server.add('/1.0/network-address-sets', { name: 'x' })).toThrow('the fake has no list');
  });
});
