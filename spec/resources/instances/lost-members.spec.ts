import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, ConnectionError, ExecError, OutcomeUnknownError } from 'tslxd';
import { FakeServer } from 'tslxd/testing';
import { usual } from '../../../lib/operations/follow.js';
import { afterwards, until } from '../../rest/test-server.js';
import { rejection } from '../support.js';

// Commands and consoles on a cluster member that dies, or freezes, and through one that does.

describe.each(['lxd', 'incus'] as const)('on a member of the fake %s that is lost', (product) => {
  let server: FakeServer;
  let client: Client;

  beforeEach(async () => {
    const before = { ...usual };
    Object.assign(usual, { beat: 100, answer: 1000, patience: 500, poll: 10 });
    afterwards(() => Object.assign(usual, before));
    server = await FakeServer.start({ product, members: 3, https: true });
    afterwards(() => server.close());
    server.addInstance({ name: 'web', location: 'n2', status: 'Running' });
    client = server.members[0]!.client();
  });

  /** A command that has written `begun`, and goes on reading. */
  async function begun(through = client) {
    const command = through.instances.ref('web').exec(['sh', '-c', 'echo begun; cat'], { stdin: 'pipe' });
    await once(command.stdout, 'data');
    return { command }; // alone it would be awaited
  }

  async function unknownEnd(command: PromiseLike<unknown>): Promise<OutcomeUnknownError> {
    const error = await rejection(Promise.resolve(command), OutcomeUnknownError);
    expect(error).not.toBeInstanceOf(ExecError);
    expect(error.message).toMatch(
      /^"sh" in instance 'web': .* cluster member n2 .*how the command ended is not known$/,
    );
    expect(error).toMatchObject({ operation: expect.any(String) as string, stdout: 'begun', stderr: '' });
    return error;
  }

  describe('a command', () => {
    it('whose member dies ends with an outcome that is unknown, and with what it had written', async () => {
      const { command } = await begun();
      await server.members[1]!.kill();
      expect((await unknownEnd(command)).message).toContain('n2 has gone away');
    });

    it('whose member is there again at once ends in the same way', async () => {
      const { command } = await begun();
      await server.members[1]!.restart();
      await unknownEnd(command);
    });

    it('whose member freezes ends so when that has been offline for long', async () => {
      const { command } = await begun();
      server.members[1]!.freeze();
      expect((await unknownEnd(command)).message).toContain('n2 has gone away');
    });

    it('whose member was frozen for a while ends as it ends', async () => {
      const { command } = await begun();
      server.members[1]!.freeze();
      await delay(300);
      server.members[1]!.thaw();
      command.stdin.end('more');
      expect(await command).toMatchObject({ exitCode: 0, stdout: 'begun\nmore' });
    });

    it.each(['unix', 'https'] as const)('is cut off with the member that was asked (%s)', async (way) => {
      const { endpoint } = server.members[0]!;
      await using over = way === 'unix' ? client : new Client(endpoint);
      const { command } = await begun(over);
      await server.members[0]!.kill();
      await unknownEnd(command);
    });

    it('that is recorded ends with an outcome that is unknown', async () => {
      server.onExec(async ({ command: [name] }) => {
        if (name === 'long') await new Promise(() => undefined);
        return undefined;
      });
      const recorded = client.instances.ref('web').exec(['long'], { record: true });
      const failed = rejection(Promise.resolve(recorded), OutcomeUnknownError);
      await until(() => server.requests.some(({ path }) => path.endsWith('/wait')));
      await server.members[1]!.kill();
      expect((await failed).message).toContain('the cluster member n2, which was at it, went away');
    });
  });

  describe('a console', () => {
    it.each(['kill', 'freeze'] as const)('ends with an error that names its member (%s)', async (how) => {
      const terminal = await client.instances.ref('web').console();
      await server.members[1]![how]();
      const error = await rejection(terminal.ended, ConnectionError);
      expect(error.message).toMatch(/^The console of instance 'web': .*cluster member n2.* has gone away$/);
      expect(terminal.stream.errored).toBe(error);
    });

    it('that is left keeps nothing waiting', async () => {
      const terminal = await client.instances.ref('web').console();
      server.members[1]!.freeze();
      await terminal.detach();
    });

    it('says so when the member that was asked dies', async () => {
      const terminal = await client.instances.ref('web').console();
      await server.members[0]!.kill();
      const error = await rejection(terminal.ended, ConnectionError);
      expect(error.message).toContain('its cluster member n2, or the one that was asked, has gone away');
    });
  });
});
