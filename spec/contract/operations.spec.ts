import { describeContract } from './subject.js';

describeContract('operations', (subject) => {
  const failing = async () => {
    const body = { name: subject.name('copy'), source: { type: 'copy', source: 'tslxd-nope' } };
    return { body, answer: await subject.call('POST', '/1.0/instances', body) };
  };

  it('can be read while they run and for a while after', async () => {
    const name = subject.name('op');
    const { headers, body, status } = await subject.call('POST', '/1.0/instances', {
      name,
      source: { type: 'none' },
    });
    const url = body.operation ?? '';
    expect(status).toBe(202);
    expect(headers.location).toBe(url);
    expect(body).toMatchObject({
      type: 'async',
      metadata: { class: 'task', status_code: 103, err: '', location: 'none' },
    });
    const wait = await subject.call('GET', `${url}/wait`);
    expect(wait.body).toMatchObject({ type: 'sync', metadata: { status: 'Success', status_code: 200 } });
    const read = await subject.call('GET', url);
    expect(read.body.metadata).toMatchObject({ id: body.metadata.id, status_code: 200, may_cancel: false });
    expect(read.body.metadata.resources.instances).toEqual([`/1.0/instances/${name}`]);
    await subject.run('DELETE', `/1.0/instances/${name}`);
  });

  it('cannot be cancelled when they are over, or may not be', async () => {
    const name = subject.name('op');
    const { body } = await subject.call('POST', '/1.0/instances', { name, source: { type: 'none' } });
    await subject.call('GET', `${body.operation}/wait`);
    const { status, body: refusal } = await subject.call('DELETE', body.operation ?? '');
    expect([status, refusal.error]).toEqual([400, 'Only running operations can be cancelled']);
    await subject.run('DELETE', `/1.0/instances/${name}`);
  });

  it('that do not come are a 404', async () => {
    for (const path of ['/1.0/operations/5f6b2bd0-a2a0-4a51-9b2a-9c2b7a5e1f00', '/1.0/operations/nope']) {
      for (const [method, target] of [
        ['GET', path],
        ['GET', `${path}/wait`],
        ['DELETE', path],
      ] as const) {
        expect((await subject.call(method, target)).status).toBe(404);
      }
    }
  });

  it('that fail are told of in three ways', async () => {
    const path = await subject.empty();
    const source = { type: 'none' };
    const name = path.slice(path.lastIndexOf('/') + 1);
    const { body } = await subject.call('POST', '/1.0/instances', { name, source });
    const wait = await subject.call('GET', `${body.operation}/wait`);
    // LXD answers with the operation; Incus with an error inside of a 200.
    expect([wait.status, wait.body.type]).toEqual([200, subject.pick({ lxd: 'sync', incus: 'error' })]);
    if (subject.product === 'lxd') expect(wait.body.metadata).toMatchObject({ status_code: 400 });
    else expect(wait.body).toMatchObject({ error_code: 500, metadata: null });
    const read = await subject.call('GET', body.operation ?? '');
    expect(read.body.metadata).toMatchObject({ status: 'Failure', status_code: 400, metadata: null });
    await subject.run('DELETE', path);
  });

  it('of what cannot begin are none', async () => {
    const { answer } = await failing();
    expect([answer.status, answer.body.type]).toEqual([404, 'error']);
  });
});
