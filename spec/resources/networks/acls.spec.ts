import { Client, UnsupportedError } from 'tslxd';
import { FakeServer } from 'tslxd/testing';
import { afterwards, serve, sync } from '../../rest/test-server.js';
import { describeSubjects, sent } from '../support.js';
import { tellOfAcls } from './acl-stories.js';

describeSubjects('network ACLs', tellOfAcls);

it('have a log as text, where OVN networks have any', async () => {
  const text = 'allowed 10.0.0.1 → 10.0.0.2\n';
  const server = await serve((response, { url }) => {
    if (url.endsWith('/log')) response.end(text);
    else sync(response, { api_extensions: ['network_acl', 'network_acl_log'] });
  });
  const client = new Client({ socketPath: server.socketPath });
  afterwards(() => client.close());
  expect(await client.networks.acls.ref('web').log()).toBe(text);
});

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
