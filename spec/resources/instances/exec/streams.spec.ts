import { buffer, text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import {
  AbortedError,
  Client,
  ExecError,
  InvalidInputError,
  ProtocolError,
  TimeoutError,
  type ExecOptions,
  type ExecProcess,
} from 'tslxd';
import { afterwards, until } from '../../../rest/test-server.js';
import { rejection } from '../../support.js';
import { ExecServer, type Running, type Script } from './exec-server.js';

/** Runs the script as a command; `server` has what was done to it. */
async function run<O extends ExecOptions>(script: Script, options?: O) {
  const server = await ExecServer.start(script);
  const client = new Client({ socketPath: server.socketPath });
  afterwards(async () => {
    await client.close();
    await server.stop();
  });
  const command = client.instances.ref('web').exec(['command'], options);
  return { server, command, client };
}

const twoLines: Script = ({ finish, end }) => {
  finish('1', 'out 1\nout 2\n');
  finish('2', 'err 1\nerr 2\n');
  end(0);
};

/** Writes so many bytes to stdout, as fast as they are taken. */
const much =
  (bytes: number): Script =>
  async ({ sockets, finish, end }) => {
    const piece = Buffer.alloc(32_768, 'x');
    for (let sent = 0; sent < bytes; sent += piece.length) {
      await new Promise((resolve) => sockets['1']?.send(piece, resolve));
    }
    finish('1');
    finish('2');
    end(0);
  };

/** Something else that a program awaits before it turns to the command. */
const otherWork = () => delay(100);

describe('with `buffer: false`, what is taken late is all there', () => {
  it('after an await of something else', async () => {
    const { command } = await run(twoLines, { buffer: false });
    await otherWork();
    expect(await text(command.stdout)).toBe('out 1\nout 2\n');
    expect(await text(command.stderr)).toBe('err 1\nerr 2\n');
    expect((await command).stdout).toBe('');
  });

  it('stdout first, and stderr when that has ended', async () => {
    const { command } = await run(twoLines, { buffer: false });
    expect(await text(command.stdout)).toBe('out 1\nout 2\n');
    await otherWork();
    expect(await text(command.stderr)).toBe('err 1\nerr 2\n');
  });

  it('out of an object that was handed on', async () => {
    const { command } = await run(twoLines, { buffer: false });
    const handed = await Promise.resolve({ command });
    await otherWork();
    expect(await text(handed.command.all)).toMatch(/out 1\nout 2\n/);
  });

  it('more than a pipe holds waits at the server', async () => {
    let sent = 0;
    const { command } = await run(
      async (running) => {
        for (; sent < 4e6 && running.sockets['1']?.readyState === 1; sent += 32_768) {
          await new Promise((resolve) => running.sockets['1']?.send(Buffer.alloc(32_768, 'x'), resolve));
        }
        running.finish('1');
        running.finish('2');
        running.end(0);
      },
      { buffer: false },
    );
    await until(() => sent > 60_000);
    await otherWork();
    expect(sent).toBeLessThan(4e6);
    expect(await buffer(command.stdout)).toHaveLength(sent);
  });

  it('a line loop begun late', async () => {
    const { command } = await run(twoLines, { buffer: false });
    await otherWork();
    const lines: string[] = [];
    for await (const line of command) lines.push(line);
    expect(lines).toEqual(['out 1', 'out 2']);
  });
});

describe('with `buffer: false`, awaiting throws away what is not taken', () => {
  it.each<[string, (command: ExecProcess) => Promise<unknown>]>([
    ['await', async (command) => command],
    ['catch()', (command) => command.catch(() => undefined)],
    ['finally()', (command) => command.finally(() => undefined)],
    ['Promise.all()', (command) => Promise.all([command])],
    [
      'a loop over stderr',
      async (command) => {
        for await (const line of command.iterable({ from: 'stderr' })) expect(line).toBe('');
      },
    ],
  ])('so that it ends: %s', async (_title, wait) => {
    const { command } = await run(much(1e6), { buffer: false });
    await otherWork();
    await wait(command);
    expect((await command).exitCode).toBe(0);
  });

  it('and who comes later is told, instead of reading half of it', async () => {
    const { command } = await run(twoLines, { buffer: false });
    await command;
    expect((await rejection(text(command.stdout), InvalidInputError)).message).toMatch(
      /some of this output is gone.*before you await/,
    );
  });

  it('but not what is taken in the same breath', async () => {
    const { command } = await run(twoLines, { buffer: false });
    const [, out, err] = await Promise.all([command, text(command.stdout), text(command.stderr)]);
    expect([out, err]).toEqual(['out 1\nout 2\n', 'err 1\nerr 2\n']);
  });

  it('and nothing of what is collected', async () => {
    const { command } = await run(twoLines);
    await command;
    expect(await text(command.stdout)).toBe('out 1\nout 2\n');
    expect(await text(command.all)).toMatch(/out 1/);
  });
});

describe('both outputs', () => {
  const interleaved: Script = async ({ sockets, finish, end }) => {
    for (let i = 0; i < 3; i++) {
      for (const name of ['1', '2']) {
        sockets[name]?.send(Buffer.from(`${name}.${i}\n`));
        await delay(20); // they are two connections
      }
    }
    finish('1');
    finish('2');
    end(3);
  };
  const inOrder = ['1.0', '2.0', '1.1', '2.1', '1.2', '2.2'];

  it('are in the result in the order in which they came, if asked for', async () => {
    const { command } = await run(interleaved, { all: true, reject: false });
    expect(await command).toMatchObject({
      all: inOrder.join('\n'),
      stdout: '1.0\n1.1\n1.2',
      stderr: '2.0\n2.1\n2.2',
    });
    const { command: failing } = await run(interleaved, { all: true, encoding: 'buffer' });
    expect((await rejection(failing, ExecError)).all).toEqual(Buffer.from(`${inOrder.join('\n')}\n`));
    const { command: without } = await run(interleaved, { reject: false });
    expect((await without).all).toBeUndefined();
  });

  it.each([true, false])('come as a stream and as lines, with `buffer: %s`', async (kept) => {
    const { command } = await run(interleaved, { buffer: kept, reject: false });
    const lines: string[] = [];
    for await (const line of command.iterable({ from: 'all' })) lines.push(line);
    expect(lines).toEqual(inOrder);
    const { command: late } = await run(interleaved, { buffer: kept, reject: false });
    await delay(300);
    expect(await text(late.all)).toBe(`${inOrder.join('\n')}\n`);
  });

  it('can be taken beside stdout', async () => {
    const { command } = await run(interleaved, { buffer: false, reject: false });
    const [all, out] = await Promise.all([text(command.all), text(command.stdout), command]);
    expect(all).toBe(`${inOrder.join('\n')}\n`);
    expect(out).toBe('1.0\n1.1\n1.2\n');
  });

  it('a slow reader of both holds back both, and a quick one of stdout does not outrun it', async () => {
    const { command } = await run(much(2e6), { buffer: false });
    const { all, stdout } = command;
    stdout.resume();
    await new Promise((resolve) => all.once('readable', resolve));
    await otherWork();
    expect(all.readableLength).toBeLessThan(500_000);
    expect(await buffer(all)).toHaveLength(Math.ceil(2e6 / 32_768) * 32_768);
  });

  it('lines of stderr', async () => {
    const { command } = await run(twoLines);
    const lines: string[] = [];
    for await (const line of command.iterable({ from: 'stderr' })) lines.push(line);
    expect(lines).toEqual(['err 1', 'err 2']);
    expect(() => command.iterable({ from: 'stdin' as never })).toThrow(InvalidInputError);
    expect(() => command.iterable({ form: 'all' } as never)).toThrow(/unknown option 'form'/);
  });
});

describe('whoever leaves a loop over lines', () => {
  const ready =
    (then: (running: Running) => void): Script =>
    (running) => {
      running.sockets['1']?.send(Buffer.from('ready\nsteady\n'));
      running.sockets['1']?.once('close', () => {
        then(running);
      });
    };

  it.each(['stdout', 'all'] as const)('closes %s, and waits for the end', async (from) => {
    let closed = false;
    const { command } = await run(
      ready(({ end, finish }) => {
        closed = true;
        finish('2');
        end(0);
      }),
    );
    for await (const line of command.iterable({ from })) {
      expect(line).toBe('ready');
      break;
    }
    expect(closed).toBe(true);
    expect((await command).exitCode).toBe(0);
  });

  it('does not hear of the SIGPIPE that this is', async () => {
    const { command } = await run(
      ready(({ end, finish }) => {
        finish('2');
        end(141);
      }),
    );
    for await (const line of command) if (line === 'ready') break;
    expect(await rejection(command, ExecError)).toMatchObject({ signal: 'SIGPIPE' });
  });

  it.each<[string, () => ExecOptions, (server: ExecServer, client: Client) => unknown, object]>([
    ['its timeout', () => ({ timeout: 300 }), () => undefined, { code: 'ERR_LXD_TIMEOUT' }],
    ['its signal', () => ({ signal: AbortSignal.timeout(300) }), () => undefined, { code: 'ABORT_ERR' }],
    ['the end of the client', () => ({}), (_server, client) => client.close(), { code: 'ERR_LXD_CLOSED' }],
    ['the end of the daemon', () => ({}), (server) => server.stop(), { code: 'ERR_LXD_CONNECTION' }],
  ])(
    'hears of %s',
    async (_title, options, act, expected) => {
      const { command, server, client } = await run(
        ready(() => setTimeout(() => void act(server, client), 50)),
        options(),
      );
      const loop = async () => {
        for await (const line of command) if (line === 'ready') break;
      };
      await expect(loop()).rejects.toMatchObject(expected);
    },
    15_000,
  );
});

describe('a terminal that we leave', () => {
  /** A shell that takes the signals which are named, and ends with 129 by SIGHUP. */
  const shell =
    (heard: string[], ignores: boolean): Script =>
    ({ sockets, end }) => {
      sockets['0']?.send(Buffer.from('$ '));
      sockets.control?.on('message', (data: Buffer) => {
        heard.push(data.toString());
        if (!ignores && data.toString().includes('"signal":1}')) end(129);
      });
    };

  it.each<[string, (command: ExecProcess) => unknown]>([
    ['by destroying its stdout', (command) => command.stdout.destroy()],
    [
      'by a pipeline whose other end breaks',
      (command) =>
        pipeline(
          command.stdout,
          async function* (source: AsyncIterable<Buffer>) {
            for await (const piece of source) yield piece;
          },
          async (source: AsyncIterable<Buffer>) => {
            for await (const piece of source)
              throw new Error(`the browser is gone, with ${piece.length} bytes`);
          },
        ).catch(() => undefined),
    ],
    [
      'by leaving a loop',
      async (command) => {
        for await (const piece of command.stdout) if (piece) break;
      },
    ],
    ['by destroying its stdin', (command) => command.stdin.destroy()],
  ])('%s gets SIGHUP, and ends', async (_title, leave) => {
    const heard: string[] = [];
    const { command, server } = await run(shell(heard, false), { interactive: true, stdin: 'pipe' });
    await until(() => server.websockets.size === 2);
    void leave(command);
    expect(await rejection(command, ExecError)).toMatchObject({ exitCode: 129, signal: 'SIGHUP' });
    expect(heard).toEqual(['{"command":"signal","signal":1}']);
    await until(() => server.websockets.size === 0);
  });

  it('is killed if it goes on', async () => {
    const { command, server } = await run(shell([], true), { interactive: true, reject: false });
    await until(() => server.websockets.size === 2);
    command.stdout.destroy();
    expect(await command).toMatchObject({ exitCode: 137 });
    expect(server.killed).toHaveLength(1);
    await until(() => server.websockets.size === 0);
  });

  it('before it is there', async () => {
    const heard: string[] = [];
    const { command, server } = await run(shell(heard, false), { interactive: true, reject: false });
    command.stdout.destroy();
    expect((await command).exitCode).toBeGreaterThan(128);
    await until(() => server.websockets.size === 0);
  });
});

describe('an input', () => {
  const echo: Script = ({ sockets, finish, end }) => {
    let got = '';
    sockets['0']?.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary) got += data.toString();
      else {
        finish('1', got);
        finish('2');
        end(0);
      }
    });
  };

  it('that is destroyed by hand ends, as a pipe does', async () => {
    const { command } = await run(echo, { stdin: 'pipe' });
    command.stdin.write('half', () => command.stdin.destroy());
    expect((await command).stdout).toBe('half');
  });

  it('whose source fails is not taken for a whole one', async () => {
    const { command, server } = await run(echo, {
      input: (async function* () {
        yield 'half';
        await delay(50);
        throw new Error('the source broke');
      })(),
    });
    await expect(command).rejects.toThrow('the source broke');
    expect(server.killed).toHaveLength(1);
  });
});

describe('what ends a command early', () => {
  const writes: Script = ({ sockets }) => {
    sockets['1']?.send(Buffer.from('out\n'));
    sockets['2']?.send(Buffer.from('err\n'));
  };

  it.each<[string, () => ExecOptions, abstract new (...args: never[]) => AbortedError | TimeoutError]>([
    ['a timeout', () => ({ timeout: 300 }), TimeoutError],
    ['a signal', () => ({ signal: AbortSignal.timeout(300) }), AbortedError],
  ])('%s has what it wrote, as the result would', async (_title, options, Class) => {
    const { command } = await run(writes, { ...options(), all: true });
    const error = await rejection(command, Class);
    expect([error.stdout, error.stderr, error.all]).toEqual(['out', 'err', expect.stringMatching(/out/)]);
    expect(Object.keys(error)).not.toContain('stdout'); // nor does a printed error bring it along
  });

  it('no limit is one: 0, Infinity, and what timers cannot hold', async () => {
    for (const timeout of [0, Infinity, 2 ** 31, Number.MAX_VALUE]) {
      const { command } = await run(twoLines, { timeout });
      expect((await command).exitCode).toBe(0);
    }
  });
});

test.each([
  ['no sockets', undefined],
  ['a list', ['x']],
  ['a number for a secret', { 0: 5 }],
])('an answer with %s is a ProtocolError', async (_title, fds) => {
  const server = await ExecServer.start(() => undefined);
  server.offers = fds;
  const client = new Client({ socketPath: server.socketPath });
  afterwards(async () => {
    await client.close();
    await server.stop();
  });
  await rejection(client.instances.ref('web').exec(['true']), ProtocolError);
});
