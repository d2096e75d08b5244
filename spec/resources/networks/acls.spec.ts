import { UnsupportedError } from 'tslxd';
import { FakeServer } from 'tslxd/testing';
import { describeSubjects, sent } from '../support.js';
import { tellOfAcls } from './acl-stories.js';

describeSubjects('network ACLs', tellOfAcls);

it('where the server has none, nothing is sent but one question what it has', async () => {
  const extensions = (own: readonly string[]) => own.filter((name) => name !== 'network_acl');
  await using server = await FakeServer.start({ product: 'lxd', extensions });
  await using client = server.client();
  const { acls } = client.networks;
  const refused = [acls.names(), acls.get('a'), acls.create('a'), acls.ref('a').delete(), acls.ensure('a')];
  for (const promise of refused) await expect(promise).rejects.toThrow(UnsupportedError);
  expect(new Set(sent(server))).toEqual(new Set(['GET /1.0']));
  await expect(acls.all()).rejects.toMatchObject({ extension: 'network_acl' });
});
