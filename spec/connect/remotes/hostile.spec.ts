import { execFileSync } from 'node:child_process';
import { mkdir, readdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { addRemote, createIdentity, InvalidInputError, isLxdError, remotes, type Credentials } from 'tslxd';
import { useConfiguration } from '../../support/configuration.js';

const configuration = useConfiguration();
const products = ['lxd', 'incus'] as const;
const { clientCert, clientKey } = createIdentity({ name: 'me' });
const credentials: Credentials = { endpoint: 'https://box', clientCert, clientKey };

async function outcome(work: () => Promise<unknown>): Promise<unknown> {
  try {
    return await work();
  } catch (error) {
    return error;
  }
}

/** Puts something odd in the place of a file. */
const places: Readonly<Record<string, (file: string) => Promise<unknown>>> = {
  'a folder': (file) => mkdir(file, { recursive: true }),
  'a pipe': (file) => Promise.resolve(execFileSync('mkfifo', [file])),
  'a device without an end': (file) => symlink('/dev/zero', file),
  'a link to itself': (file) => symlink(file, file),
  'a huge file': async (file) => {
    await writeFile(file, 'remotes: {}\n');
    await truncate(file, 17 * 1024 * 1024);
  },
};

/** Texts that are no configuration, or one that nobody can read. */
const texts: Readonly<Record<string, string>> = {
  'lists too deep': `remotes: ${'['.repeat(100_000)}`,
  'lists too deep, with their ends': `remotes: ${'['.repeat(20_000)}${']'.repeat(20_000)}`,
  'maps too deep': `remotes: ${'{a: '.repeat(20_000)}`,
  'maps too deep, in lines': Array.from({ length: 3000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
  'an alias of itself': 'remotes: &a { x: *a }',
  'a merge of itself': 'remotes: &a { <<: *a }',
  'an alias of nothing': 'remotes: *none',
  'aliases of aliases': [
    'a0: &a0 { x: 1 }',
    ...Array.from({ length: 40 }, (_, n) => {
      const of = `*a${String(n)}`;
      return `a${String(n + 1)}: &a${String(n + 1)} { l: ${of}, r: ${of} }`;
    }),
    'remotes: *a40',
  ].join('\n'),
  'merges of merges': [
    'a0: &a0 { x: 1 }',
    ...Array.from(
      { length: 40 },
      (_, n) => `a${String(n + 1)}: &a${String(n + 1)} { <<: [*a${String(n)}, *a${String(n)}] }`,
    ),
    'remotes: { odd: *a40 }',
  ].join('\n'),
  'two documents': 'remotes: {}\n---\nremotes: {}\n',
  'an unknown tag': 'remotes: !!js/function "() => 1"',
  'bytes that are no text': '\u0000\u0001\ufffd\u0000',
  'a map with maps as keys': 'remotes: { ? { a: b } : { addr: c } , ? [d] : { addr: e }, null: { addr: f } }',
  tabs: 'remotes:\n\todd:\n\t\taddr: a\n',
};

describe('remotes() and addRemote(), where a configuration', () => {
  it.each(Object.entries(places))('is %s, say so', async (_, put) => {
    for (const product of products) {
      const file = join(configuration[product], 'config.yml');
      await mkdir(dirname(file), { recursive: true });
      await put(file);
      for (const work of [() => remotes({ product }), () => addRemote('prod', credentials, { product })]) {
        const error = await outcome(work);
        expect(error).toBeInstanceOf(InvalidInputError);
        expect((error as Error).message).toMatch(/config\.yml could not be read: /);
      }
    }
  });

  it.each(Object.entries(texts))('has %s, read it or refuse it, and leave it', async (_, text) => {
    const file = join(configuration.lxd, 'config.yml');
    await configuration.write(file, text);
    const found = await outcome(() => remotes({ product: 'lxd' }));
    if (!Array.isArray(found)) {
      expect(found).toBeInstanceOf(InvalidInputError);
      expect((found as Error).message).toContain(file);
      expect((found as Error).message.length).toBeLessThan(300);
    }
    const added = await outcome(() => addRemote('prod', credentials, { product: 'lxd' }));
    if (added === undefined) {
      const now = await remotes({ product: 'lxd' });
      expect(now.map(({ name }) => name)).toContain('prod');
    } else {
      expect(added).toBeInstanceOf(InvalidInputError);
      expect(await readdir(configuration.lxd)).toEqual(['config.yml']);
    }
  });

  const values = [
    '[]',
    '{}',
    'null',
    'true',
    '3',
    '.inf',
    '2020-01-01',
    '!!binary aGk=',
    '[[a]]',
    '""',
    '"a\\0b"',
  ];
  const keys = ['addr', 'protocol', 'public', 'project', 'auth_type', 'last_working_address', 'odd key'];

  it.each(keys)('has anything as %s, give remotes of their types', async (key) => {
    const remote = (value: string, index: number) => `  r${String(index)}: { '${key}': ${value} }`;
    const text = ['remotes:', ...values.map(remote)].join('\n');
    await configuration.write(join(configuration.incus, 'config.yml'), text);
    const found = (await remotes({ product: 'incus' })).filter(({ name }) => /^r\d+$/.test(name));
    expect(found).toHaveLength(values.length);
    for (const { addresses, protocol, project, authType, isPublic } of found) {
      expect(addresses.every((one) => typeof one === 'string')).toBe(true);
      expect([typeof protocol, typeof isPublic]).toEqual(['string', 'boolean']);
      for (const one of [project, authType]) expect(['string', 'undefined']).toContain(typeof one);
    }
  });

  it.each(values)('has %s as its default remote, or as a remote, take none for it', async (value) => {
    await configuration.write(
      join(configuration.incus, 'config.yml'),
      `default-remote: ${value}\nremotes:\n  odd: ${value}\n`,
    );
    const found = await remotes({ product: 'incus' });
    expect(found.filter(({ name }) => name === 'odd')).toMatchObject([{ addresses: [] }]);
    for (const { isDefault, name } of found) if (name !== 'local') expect(isDefault).toBe(false);
  });
});

describe('addRemote()', () => {
  const names = [
    '__proto__',
    'constructor',
    'toString',
    'then',
    'null',
    'true',
    '1',
    ' ',
    "it's",
    '-',
    '🚀',
    '#',
    '*a',
  ];

  it.each(products)('takes any name for %s, and the others stay', async (product) => {
    for (const name of names) await addRemote(name, credentials, { product });
    const found = await remotes({ product });
    const added = found.filter(({ addresses }) => addresses[0] === 'https://box:8443');
    expect(added.map(({ name }) => name).sort()).toEqual([...names].sort());
    const elsewhere = { ...credentials, endpoint: 'https://elsewhere', serverCert: undefined };
    for (const name of names) {
      await addRemote(name, credentials, { product }); // which is there
      await expect(addRemote(name, elsewhere, { product })).rejects.toThrow(/already/);
    }
  });

  it('says which file it could not make for a name that is too long, and leaves nothing', async () => {
    const error = await outcome(() => addRemote('x'.repeat(300), credentials, { product: 'incus' }));
    expect(isLxdError(error) && error.code).toBe('ERR_LXD_LOCAL_FILE');
    expect((await remotes({ product: 'incus' })).some(({ name }) => name.startsWith('xx'))).toBe(false);
  });

  const sources: Readonly<Record<string, unknown>> = {
    nothing: undefined,
    'a number': 3,
    'a text': 'https://box',
    'a list': [credentials],
    'a function': () => credentials,
    'what has no credentials': { credentials: () => null },
    'what has a text for them': { credentials: () => 'https://box' },
    'what has no server': { credentials: () => credentials },
    'an empty object': {},
    'a symbol': Symbol('box'),
  };

  it.each(Object.entries(sources))('refuses %s in place of credentials', async (_, source) => {
    for (const options of [
      undefined,
      { product: source === sources['what has no server'] ? 'xen' : 'lxd' },
    ]) {
      const error = await outcome(() => addRemote('prod', source as never, options as never));
      expect(error).toBeInstanceOf(InvalidInputError);
    }
    expect(await readdir(join(configuration.lxd, '..'))).toEqual([]);
  });

  const odd = [3, true, {}, [], [3], null, '', 'odd', Symbol('odd'), () => 'odd'];
  const parts = ['endpoint', 'clientCert', 'clientKey', 'serverCert', 'ca'] as const;

  it.each(parts)('refuses anything but a %s, and writes nothing', async (part) => {
    for (const [index, value] of odd.entries()) {
      if (part === 'endpoint' && value === 'odd') continue; // is a host
      const given = { ...credentials, serverCert: clientCert, [part]: value };
      const error = await outcome(() => addRemote('prod', given, { product: 'incus' }));
      expect([index, error]).toEqual([index, expect.any(InvalidInputError)]);
    }
    expect(await readdir(join(configuration.lxd, '..'))).toEqual([]);
  });
});
