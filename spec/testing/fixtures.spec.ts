import { describeFakes } from './support.js';

describeFakes('addInstances()', (subject) => {
  it('adds many, alike or each of its index', async () => {
    const { server } = subject;
    expect(server.addInstances(2)).toEqual(['instance-0', 'instance-1']);
    server.addInstances(10_000, (index) => ({
      name: `web-${String(index)}`,
      config: { 'user.n': String(index) },
    }));
    const all = await server.client().instances.all();
    expect(all).toHaveLength(10_002);
    expect(all.find(({ name }) => name === 'web-9999')?.config['user.n']).toBe('9999');
  });

  it('has names of its own only where they are free', () => {
    expect(() => subject.server.addInstances(2, { name: 'same' })).toThrow('has an instance same already');
  });
});
