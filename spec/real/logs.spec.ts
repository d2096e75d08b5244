import { BadRequestError, InvalidInputError, NotFoundError, type Instance } from 'tslxd';
import { text } from 'node:stream/consumers';
import { rejection } from '../resources/support.js';
import { makeBusybox, useClient } from './client.js';
import { describeReal } from './harness.js';

describeReal('logs, metadata and templates', (server) => {
  const { client } = useClient(server);
  let web: Instance;
  beforeAll(async () => {
    web = await makeBusybox(server, client);
    await web.start();
  });

  it('the logs are listed and read, and the server says which it deletes', async () => {
    expect(await web.logs.names()).toContain('lxc.log');
    const log = await web.logs.read('lxc.log');
    expect(await text(await web.logs.stream('lxc.log'))).toBe(log);
    await rejection(web.logs.delete('lxc.log'), BadRequestError); // only those that are not written to
    await rejection(web.logs.read('none.log'), BadRequestError); // names of their own choice only
    await rejection(web.logs.read('../lxd.log'), InvalidInputError);
    await rejection(web.logs.delete(''), InvalidInputError);
  });

  it('templates are written, listed, read and deleted', async () => {
    expect(await web.templates.names()).toEqual([]);
    await web.templates.write('a b.tpl', 'name: {{ instance.name }}\n');
    expect(await web.templates.names()).toEqual(['a b.tpl']);
    expect(await web.templates.read('a b.tpl')).toBe('name: {{ instance.name }}\n');
    await web.templates.delete('a b.tpl');
    expect(await web.templates.names()).toEqual([]);
    await rejection(web.templates.read('none.tpl'), NotFoundError);
    await rejection(web.templates.write('../x', ''), InvalidInputError);
  });

  it('the metadata are read, edited and replaced', async () => {
    const before = await web.metadata.get();
    expect(before.architecture).toBe('x86_64');
    const edits = ['a', 'b', 'c'].map(async (key) =>
      web.metadata.edit((metadata) => {
        metadata.properties = { ...metadata.properties, [key]: 'yes' };
      }),
    );
    await Promise.all(edits);
    expect((await web.metadata.get()).properties).toMatchObject({ a: 'yes', b: 'yes', c: 'yes' });
    await web.metadata.put(before);
    expect(await web.metadata.get()).toEqual({ ...before, templates: {} }); // null before
  });
});
