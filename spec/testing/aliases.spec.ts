import { describeFakes } from './support.js';

describeFakes('aliases of images', (fake) => {
  const list = '/1.0/images/aliases';
  const path = `${list}/tools%2Fone`;
  let target: string;

  beforeEach(() => {
    target = fake.server.addImage();
  });

  it('are made, read by either spelling, renamed and deleted', async () => {
    const made = await fake.call('POST', list, {
      name: 'tools/one',
      target: target.slice(0, 12),
      description: 'x',
    });
    const location = fake.server.product === 'lxd' ? path.replace('%2F', '%252F') : path;
    expect([made.status, made.headers.location]).toEqual([201, location]);
    const entry = { name: 'tools/one', target, description: 'x', type: 'container' };
    for (const spelling of [path, `${list}/tools/one`]) expect(await fake.read(spelling)).toEqual(entry);
    expect(await fake.read(`${list}?recursion=1`)).toEqual([entry]);
    expect((await fake.read(`/1.0/images/${target}`)).aliases).toEqual([
      { name: 'tools/one', description: 'x' },
    ]);
    expect((await fake.call('POST', path, { name: 'two' })).status).toBe(201);
    expect((await fake.call('GET', path)).status).toBe(404);
    expect((await fake.call('DELETE', `${list}/two`)).body.metadata).toEqual({});
    expect(await fake.read(list)).toEqual([]);
  });

  it('are changed by PUT behind an ETag; PATCH works on Incus only', async () => {
    const other = fake.server.addImage({ data: 'another' });
    await fake.call('POST', list, { name: 'tools/one', target });
    const match = { 'If-Match': (await fake.call('GET', path)).headers.etag ?? '' };
    expect((await fake.call('PUT', path, { target: other, description: 'y' }, match)).status).toBe(200);
    expect((await fake.call('PUT', path, { target }, match)).status).toBe(412);
    expect(await fake.read(path)).toMatchObject({ target: other, description: 'y' });
    const patched = await fake.call('PATCH', path, { description: 'z' });
    const isLxd = fake.server.product === 'lxd';
    expect([patched.status, patched.body.error]).toEqual(
      isLxd ? [500, 'context deadline exceeded'] : [200, ''],
    );
    expect((await fake.read(path)).description).toBe(isLxd ? 'y' : 'z');
  });

  it.each([
    [{ name: 'a' }, 400, 'name and target are required'],
    [{ name: 'a', target: '0000' }, 404, 'Image not found'],
  ])('are refused: %j', async (body, status, error) => {
    const answer = await fake.call('POST', list, body);
    expect([answer.status, answer.body.error]).toEqual([status, error]);
  });

  it('are there once', async () => {
    await fake.call('POST', list, { name: 'a', target });
    await fake.call('POST', list, { name: 'b', target });
    const again = await fake.call('POST', list, { name: 'a', target });
    expect([again.status, again.body.error]).toEqual([409, 'Alias "a" already exists']);
    expect((await fake.call('POST', `${list}/b`, { name: 'a' })).status).toBe(409);
    const missing = await fake.call('GET', `${list}/no`);
    expect([missing.status, missing.body.error]).toEqual([404, 'Image alias not found']);
  });
});
