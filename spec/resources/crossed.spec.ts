import { Client, NotFoundError, ServerError } from 'tslxd';
import { afterwards, fail, serve, sync, type Handler } from '../rest/test-server.js';

const usage = 'Failed getting ACL usage: Network ACL not found';
const acl = {
  name: 'web',
  description: '',
  ingress: [],
  egress: [],
  config: {},
  used_by: [],
  project: 'default',
};
const root = { api_extensions: ['network_acl'], auth: 'trusted', environment: { server: 'incus' } };

/** A server that looks at all that may use an ACL, of which so many are deleted meanwhile. */
async function crossing(times: number, answer: Handler) {
  let left = times;
  const server = await serve((response, seen, nth) => {
    if (seen.url === '/1.0') {
      sync(response, root);
      return;
    }
    if (left-- > 0) fail(response, 404, usage);
    else answer(response, seen, nth);
  });
  const client = new Client({ socketPath: server.socketPath });
  afterwards(() => client.close());
  return { acls: client.networks.acls, client, server };
}

describe('an ACL that is asked for while others are deleted', () => {
  it('is read', async () => {
    const { acls } = await crossing(3, (response) => sync(response, acl));
    expect(await acls.exists('web')).toBe(true);
  });

  it('is listed', async () => {
    const { acls } = await crossing(3, (response) => sync(response, [acl]));
    expect((await acls.all()).map(({ key }) => key)).toEqual(['web']);
  });

  it('is saved', async () => {
    const { acls, server } = await crossing(0, (response, { method, body }) => {
      const writes = server.seen.filter((seen) => seen.method === 'PUT').length;
      if (method === 'PUT' && writes < 3) {
        fail(response, 404, usage);
        return;
      }
      if (method === 'PUT') stored = { ...acl, ...(JSON.parse(body) as object) };
      sync(response, stored);
    });
    let stored: object = acl;
    const web = await acls.get('web');
    web.config['user.a'] = '1';
    expect(await web.saveReport()).toEqual({ saved: true, merged: 0 });
    expect(stored).toMatchObject({ config: { 'user.a': '1' } });
  });

  it('is deleted, and not taken for one that is gone', async () => {
    const { acls, server } = await crossing(3, (response) => sync(response, {}));
    await acls.ref('web').delete({ ifExists: true });
    expect(server.lines.filter((line) => line.startsWith('DELETE'))).toHaveLength(4);
  });

  it.each([[usage], ['Failed to delete bridge children interfaces: Failed to run: ip link show x']])(
    'and so are others: %s',
    async (text) => {
      let refusals = 2;
      const { client, server } = await crossing(0, (response) => {
        if (refusals-- > 0) fail(response, 500, text);
        else sync(response, {});
      });
      await client.networks.ref('net0').delete();
      expect(server.lines.filter((line) => line.startsWith('DELETE'))).toHaveLength(3);
    },
  );

  it('is not told to be missing, however long that goes on', async () => {
    const { acls } = await crossing(Infinity, (response) => sync(response, acl));
    await expect(acls.find('web')).rejects.toThrow(ServerError);
    await expect(acls.find('web')).rejects.toThrow(usage);
  });

  it('is missing where the server says so of itself', async () => {
    const { acls } = await crossing(0, (response) => fail(response, 404, 'Network ACL not found'));
    await expect(acls.get('web')).rejects.toThrow(NotFoundError);
    expect(await acls.find('web')).toBeUndefined();
  });
});
