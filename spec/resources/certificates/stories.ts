import { inspect } from 'node:util';
import {
  AlreadyExistsError,
  createIdentity,
  InvalidInputError,
  NotFoundError,
  UnsupportedError,
  type ClientIdentity,
  type TrustedCertificate,
} from 'tslxd';
import { rejection, watching, type Subject } from '../support.js';

interface TokenText {
  client_name: string;
  fingerprint: string;
  addresses: string[];
  secret: string;
  expires_at: string;
}

export function decoded(token: string): TokenText {
  return JSON.parse(Buffer.from(token, 'base64').toString()) as TokenText;
}

/** What holds of the trust store of every server. */
export function tellOfCertificates({ client, uniqueName, requestsOf }: Subject): void {
  const certificates = () => client().certificates;
  const path = '/1.0/certificates';

  /** One that is taken away at the end. */
  async function trusted(
    work: (one: TrustedCertificate, identity: ClientIdentity) => Promise<void>,
    more: object = {},
  ): Promise<void> {
    const identity = createIdentity({ name: uniqueName('cn') });
    const one = await certificates().create({ certificate: identity.clientCert, ...more });
    try {
      await work(one, identity);
    } finally {
      await certificates().ref(identity.fingerprint).delete({ ifExists: true });
    }
  }

  it('are created, read, listed, changed and deleted', async () => {
    const identity = createIdentity({ name: uniqueName('cn') });
    const { fingerprint, clientCert } = identity;
    const name = uniqueName('laptop');
    let one!: TrustedCertificate;
    const sent = await requestsOf(async () => {
      one = await certificates().create({ certificate: clientCert, name });
    });
    expect(sent).toEqual([`POST ${path} 201`, `GET ${path}/${fingerprint} 200`]);
    expect([one.key, one.fingerprint, one.name, one.type]).toEqual([
      fingerprint,
      fingerprint,
      name,
      'client',
    ]);
    expect([one.restricted, one.projects, one.certificate]).toEqual([false, [], clientCert]);
    expect(inspect(one)).toBe(`TrustedCertificate('${fingerprint}' "${name}" client)`);
    expect(await certificates().names()).toContain(fingerprint);
    expect((await certificates().all()).map(({ key }) => key)).toContain(fingerprint);

    one.name = `${name}-b`;
    one.restricted = true;
    one.projects.push('default');
    expect(await requestsOf(() => one.save({ verify: false }))).toEqual([`PATCH ${path}/${fingerprint} 200`]);
    const again = await certificates().get(fingerprint);
    expect([again.name, again.restricted, again.projects]).toEqual([`${name}-b`, true, ['default']]);
    again.projects.pop();
    await again.save();
    expect([(await one.fetch()).restricted, one.projects, one.certificate]).toEqual([true, [], clientCert]);

    await expect(one.rename('x')).rejects.toThrow(UnsupportedError);
    expect(await requestsOf(() => one.delete())).toEqual([`DELETE ${path}/${fingerprint} 200`]);
    await one.delete({ ifExists: true });
    await expect(certificates().get(fingerprint)).rejects.toThrow(NotFoundError);
  });

  it('are called by their common name without another, and limited from the start', async () => {
    await trusted(
      async (one) => {
        expect([one.restricted, one.projects]).toEqual([true, ['default']]);
        expect(one.name).toMatch(/cn/);
        expect(inspect(one)).toContain('client restricted');
        return Promise.resolve();
      },
      { restricted: true, projects: ['default'] },
    );
    await trusted(
      async (one) => {
        expect(one.type).toBe('metrics');
        return Promise.resolve();
      },
      { type: 'metrics' },
    );
  });

  it('are limited to the projects that two people add, without a conflict', async () => {
    const lab = await client().projects.create(uniqueName('lab'));
    try {
      await trusted(
        async (mine) => {
          const theirs = await certificates().get(mine.key);
          theirs.projects.push('default');
          await theirs.save();
          mine.projects.push(lab.name);
          await mine.save();
          const { projects } = await certificates().get(mine.key);
          expect([...projects].sort()).toEqual(['default', lab.name].sort());
          mine.projects.reverse();
          expect(mine.isDirty).toBe(false);
        },
        { restricted: true },
      );
    } finally {
      await lab.delete();
    }
  });

  it('are found by the beginning of a fingerprint, in capitals, or as openssl prints it', async () => {
    await trusted(async ({ key }) => {
      const colons = key.toUpperCase().replace(/..(?!$)/g, '$&:');
      for (const spelling of [
        key.slice(0, 16),
        key.slice(0, 17).toUpperCase(),
        colons,
        colons.slice(0, 29),
      ]) {
        const found = await certificates().get(spelling);
        expect([found.key, found.fingerprint]).toEqual([key, key]);
      }
      expect(certificates().ref(colons).key).toBe(key);
      expect(await certificates().exists(key.slice(0, 20))).toBe(true);
    });
  });

  it('are not deleted by the beginning of a fingerprint, and two that begin alike are told apart', async () => {
    await trusted(async ({ key }) => {
      const sent = await requestsOf(async () => {
        const error = await rejection(certificates().ref(key.slice(0, 8)).delete(), InvalidInputError);
        expect(error.message).toContain('certificates.get()');
      });
      expect(sent).toEqual([]);
      // Of 17 certificates two begin alike.
      const made: TrustedCertificate[] = [];
      try {
        while (new Set(made.map((one) => one.key[0])).size === made.length)
          made.push(await certificates().create({ certificate: createIdentity().clientCert }));
        const first = made.at(-1)!.key.charAt(0);
        const error = await rejection(certificates().get(first), InvalidInputError);
        expect(error.message).toContain(`'${first}'`);
      } finally {
        for (const one of made) await one.delete();
      }
    });
  });

  it('are ensured by their fingerprint or PEM text, and written once', async () => {
    const { clientCert, fingerprint } = createIdentity({ name: uniqueName('cn') });
    const name = uniqueName('ensured');
    const wanted = { certificate: clientCert, name };
    const planned = await certificates().ensure(fingerprint, wanted, { dryRun: true });
    expect(planned).toMatchObject({ method: 'POST', path });
    expect(await certificates().exists(fingerprint)).toBe(false);
    try {
      expect((await certificates().ensure(fingerprint, wanted)).name).toBe(name);
      const sent = await requestsOf(async () => {
        await certificates().ensure(fingerprint, {
          ...wanted,
          certificate: clientCert.replaceAll('\n', '\r\n'),
        });
        await certificates().ensure(clientCert, { name });
        await certificates().ensure(fingerprint, { name });
      });
      expect(sent).toEqual(Array(3).fill(`GET ${path}/${fingerprint} 200`));
      const changed = await certificates().ensure(clientCert, { restricted: true, projects: ['default'] });
      expect([changed.name, changed.restricted, changed.projects]).toEqual([name, true, ['default']]);
      await expect(certificates().ensure(fingerprint, { type: 'metrics' })).rejects.toThrow(
        InvalidInputError,
      );
    } finally {
      await certificates().ref(fingerprint).delete({ ifExists: true });
    }
  });

  it('are told by the server where they exist already', async () => {
    await trusted(async ({ certificate }) => {
      const error = await rejection(certificates().create({ certificate }), AlreadyExistsError);
      expect(error.message).toContain('ensure()');
    });
  });

  it('have descriptions on Incus alone', async () => {
    const has = client().server.has('certificate_description');
    expect(has).toBe(client().server.product === 'incus');
    const { clientCert, fingerprint } = createIdentity({ name: uniqueName('cn') });
    if (!has) {
      const making = certificates().create({ certificate: clientCert, description: 'x' });
      await expect(making).rejects.toThrow(UnsupportedError);
      expect(await certificates().exists(fingerprint)).toBe(false);
    }
    await trusted(async (one) => {
      one.description = 'y';
      if (has) await one.save();
      else {
        const refused = await requestsOf(async () => {
          await expect(one.save()).rejects.toThrow(UnsupportedError);
          await expect(certificates().saveAll([one])).rejects.toThrow(/1 of 1|description/);
        });
        expect(refused).toEqual([]);
      }
      expect((await certificates().get(one.key)).description).toBe(has ? 'y' : '');
    });
  });

  it('refuse what would be misread, before anything is sent', async () => {
    const { clientCert: certificate, clientKey, fingerprint } = createIdentity();
    const other = createIdentity();
    const wrong: [string, () => Promise<unknown>][] = [
      ['a key', () => certificates().create({ certificate: clientKey })],
      ['a path', () => certificates().create({ certificate: '/etc/client.crt' })],
      ['no certificate', () => certificates().create({} as never)],
      ['a text', () => certificates().create(certificate as never)],
      ['projects of who is not restricted', () => certificates().create({ certificate, projects: ['a'] })],
      [
        'projects that are no list',
        () => certificates().create({ certificate, restricted: true, projects: 'a' as never }),
      ],
      ['another fingerprint', () => certificates().ensure(other.fingerprint, { certificate })],
      ['the beginning of one', () => certificates().ensure(fingerprint.slice(0, 9), { certificate })],
      ['an unknown property', () => certificates().create({ certificate, project: 'a' } as never)],
      ['a token without a name', () => certificates().createToken({} as never)],
      ['a token of nothing', () => certificates().createToken(undefined as never)],
      ['a token by its name alone', () => certificates().createToken('me' as never)],
      [
        'an unknown property of one',
        () => certificates().createToken({ name: 'a', type: 'client' } as never),
      ],
      ['projects of a token without limit', () => certificates().createToken({ name: 'a', projects: ['b'] })],
      ['an unknown option', () => certificates().createToken({ name: 'a' }, { wait: false } as never)],
      ['an unknown option of tokens()', () => certificates().tokens({ all: true } as never)],
    ];
    for (const [title, call] of wrong) {
      const sent = await requestsOf(async () => {
        const error = await rejection(call(), InvalidInputError);
        expect(`${title}: ${error.message}`).not.toContain(clientKey.split('\n')[1]);
      });
      expect([title, sent]).toEqual([title, []]);
    }
  });

  it('come of tokens, which are listed without their secrets until they are cancelled', async () => {
    const name = uniqueName('token');
    const input = { name, restricted: true, projects: ['default'] };
    let text = '';
    const sent = await requestsOf(async () => {
      text = await certificates().createToken(input);
    });
    expect(sent).toEqual([`POST ${path} 202`]); // and no wait for who may never come
    const token = decoded(text);
    expect(token.client_name).toBe(name);
    expect(token.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(token.secret).toMatch(/^[0-9a-f]{64}$/);
    expect(token.expires_at).toBe('0001-01-01T00:00:00Z');

    const elsewhere = client().useProject('default').certificates;
    const [pending, ...more] = (await elsewhere.tokens()).filter((one) => one.name === name);
    expect(more).toEqual([]);
    expect([pending!.expiresAt, pending!.addresses]).toEqual([null, token.addresses]);
    for (const shown of [inspect(pending, { showHidden: true, depth: Infinity }), JSON.stringify(pending)])
      expect(shown).not.toContain(token.secret);
    expect(inspect(pending)).toBe(`PendingToken('${name}')`);
    await pending!.cancel();
    await pending!.cancel();
    expect((await certificates().tokens()).filter((one) => one.name === name)).toEqual([]);
  });

  it('are watched', async () => {
    const { clientCert, fingerprint } = createIdentity({ name: uniqueName('cn') });
    await using told = watching(certificates());
    await told.seen('synced');
    const one = await certificates().create({ certificate: clientCert });
    await told.seen(`added ${fingerprint}`);
    one.name = uniqueName('renamed');
    await one.save();
    await told.seen(`changed ${fingerprint}`);
    await one.delete();
    await told.seen(`removed ${fingerprint}`);
  });
}
