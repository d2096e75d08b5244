import { setTimeout } from 'node:timers/promises';
import { Client, ForbiddenError, InvalidInputError, LoginError, UnauthorizedError } from 'tslxd';
import { afterwards, rejection } from '../../rest/test-server.js';
import { Guarded } from './guarded.js';

let server: Guarded;
beforeEach(async () => {
  server = await Guarded.start({});
});

function client(bearer: string | (() => string | Promise<string>)): Client {
  const made = new Client({ ...server.server.options, bearer });
  afterwards(() => made.close());
  return made;
}

/** A token that tells when it ends, in s from now. */
function jwt(lifetime: number): string {
  const payload = { exp: Date.now() / 1000 + lifetime };
  return `e30.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.c2ln`;
}

describe('a bearer token', () => {
  it('goes with requests and websockets', async () => {
    const one = client('token');
    await one.server.fetch();
    one.events.on('lifecycle', () => undefined);
    await one.events.ready();
    expect(server.server.seen[0]!.headers.authorization).toBe('Bearer token');
    expect(server.upgrades[0]!.headers.authorization).toBe('Bearer token');
  });

  it('that is refused is refused', async () => {
    server.takes = () => false;
    await expect(client('token').server.fetch()).rejects.toThrow(UnauthorizedError);
    expect(server.server.seen).toHaveLength(1);
  });

  it('of a header of the request goes first', async () => {
    await client('token').request('GET', '/1.0', { headers: { Authorization: 'Bearer other' } });
    expect(server.server.seen[0]!.headers.authorization).toBe('Bearer other');
  });

  it('is kept in the credentials, which do not print it', async () => {
    const credentials = client('token').credentials();
    expect(credentials.bearer).toBe('token');
    const { inspect } = await import('node:util');
    expect(inspect(credentials)).not.toContain('token');
    expect(client(() => 'x').credentials()).not.toHaveProperty('bearer');
  });
});

describe('a function that gets one', () => {
  it('is asked once for all that wait, and not again', async () => {
    let asked = 0;
    const one = client(() => Promise.resolve(`token-${(asked += 1)}`));
    await Promise.all(Array.from({ length: 8 }, () => one.profiles.names()));
    await one.profiles.names();
    expect(asked).toBe(1);
  });

  it('is asked again once after a 401', async () => {
    server.takes = (token) => token === 'token-2';
    let asked = 0;
    const one = client(() => `token-${(asked += 1)}`);
    await Promise.all(Array.from({ length: 8 }, () => one.profiles.names()));
    expect(asked).toBe(2);
  });

  it('is not asked for ever', async () => {
    server.takes = () => false;
    let asked = 0;
    const one = client(() => ((asked += 1), 'always the same'.replaceAll(' ', '-')));
    await expect(one.profiles.names()).rejects.toThrow(UnauthorizedError);
    expect(asked).toBe(2);
  });

  it('is asked again when the token says that it is over', async () => {
    let asked = 0;
    const one = client(() => ((asked += 1), jwt(asked === 1 ? -1 : 3600)));
    await one.profiles.names();
    await one.profiles.names();
    expect(asked).toBe(2);
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])(
    'sends a %s once, also where the token ends before the answer comes',
    async (method) => {
      let end = 0;
      const one = client(() => {
        end = Date.now() + 300;
        return jwt(0.3);
      });
      server.holds = ({ method: sent }) =>
        sent === method ? setTimeout(Math.max(0, end - Date.now()) + 20) : undefined;
      await one.request(method as 'POST', '/1.0/profiles', { body: { name: 'a' } });
      expect(server.server.lines.filter((line) => line.startsWith(method))).toHaveLength(1);
    },
  );

  it('is asked again after a 403 to a token that is over, as LXD refuses such a one', async () => {
    let asked = 0;
    let end = 0;
    const one = client(() => {
      asked += 1;
      end = Date.now() + 300;
      return jwt(asked === 1 ? 0.3 : 3600);
    });
    server.holds = async () => {
      server.forbids = asked === 1;
      if (server.forbids) await setTimeout(Math.max(0, end - Date.now()) + 20);
    };
    await one.profiles.names();
    expect(asked).toBe(2);
  });

  it('is not asked again for what is forbidden', async () => {
    server.forbids = true;
    let asked = 0;
    const one = client(() => ((asked += 1), jwt(3600)));
    await expect(one.profiles.names()).rejects.toThrow(ForbiddenError);
    expect(asked).toBe(1);
  });

  it('must get one', async () => {
    const error = await rejection(client(() => 'SECRET with spaces').profiles.names());
    expect(error).toBeInstanceOf(InvalidInputError);
    expect(error.message).not.toContain('SECRET');
    const cause = new Error('vault is sealed');
    const failing = client(() => Promise.reject(cause)).profiles.names();
    await expect(failing).rejects.toMatchObject({ cause });
    await expect(failing).rejects.toThrow(LoginError);
  });

  it('that takes long does not keep its caller', async () => {
    const one = client(() => new Promise(() => undefined));
    await expect(one.profiles.names({ timeout: 20 })).rejects.toMatchObject({ code: 'ERR_LXD_TIMEOUT' });
    const waiting = one.profiles.names();
    waiting.catch(() => undefined);
    await one.close();
    await expect(waiting).rejects.toMatchObject({ code: 'ERR_LXD_CLOSED' });
  });
});
