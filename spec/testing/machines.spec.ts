import { buffer } from 'node:stream/consumers';
import {
  BadRequestError,
  InvalidInputError,
  NotFoundError,
  PreconditionFailedError,
  UnsupportedError,
} from 'tslxd';
import { rejection } from '../resources/support.js';
import { makeCertificate } from '../support/certificates.js';
import { describeFakes } from './support.js';

const boot = '8be4df61-93ca-11d2-aa0d-00e098032b8c/BootOrder';

describeFakes(
  'what concerns the machine itself',
  (fake) => {
    const client = () => fake.server.client();
    const requests = () => fake.server.requests.map(({ method, path }) => `${method} ${path}`);
    const machine = async (more: object = {}) => {
      fake.server.addInstance({ name: 'vm', type: 'virtual-machine', ...more });
      return client().instances.get('vm');
    };
    const container = async () => {
      fake.server.addInstance({ name: 'web' });
      return client().instances.get('web');
    };

    it('is refused of a container before anything is sent', async () => {
      const web = await container();
      const before = requests().length;
      for (const call of [
        () => web.debugMemory(),
        () => web.uefiVars(),
        () => web.editUefiVars(() => undefined),
        () => web.nvram.all(),
        () => web.nvram.set(boot, { binary: Buffer.of(1) }),
      ]) {
        const error = await rejection(call(), UnsupportedError);
        expect(error.message).toMatch(/^Instance 'web' is a container; only virtual machines have /);
      }
      expect(requests()).toHaveLength(before);
    });

    it('is what its product has', async () => {
      const vm = await machine({ status: 'Running' });
      const [other, extension, call] =
        fake.server.product === 'lxd'
          ? [/instance\.uefiVars\(\)/, 'instance_nvram', () => vm.nvram.names()]
          : [/instance\.nvram/, 'instances_uefi_vars', () => vm.uefiVars()];
      const error = await rejection(call(), UnsupportedError);
      expect([error.extension, error.message]).toEqual([extension, expect.stringMatching(other)]);
      expect(requests().filter((line) => /nvram|uefi/.test(line))).toEqual([]);
    });

    it('is a dump of memory, and who has access', async () => {
      const vm = await machine({ status: 'Running' });
      if (fake.server.product === 'lxd') {
        for (const call of [() => vm.debugMemory(), () => vm.access()])
          await expect(call()).rejects.toThrow(UnsupportedError);
        return;
      }
      expect((await buffer(await vm.debugMemory())).subarray(0, 4)).toEqual(Buffer.from('\x7fELF'));
      const zipped = await buffer(await vm.debugMemory({ format: 'kdump-zlib' }));
      expect(zipped.toString()).toMatch(/^kdump-zlib/);
      for (const format of ['', 1, null])
        await expect(vm.debugMemory({ format } as never)).rejects.toThrow(InvalidInputError);
      expect(await vm.access()).toEqual([]);
      const trust = async (commonName: string, rest: object) => {
        const { cert } = await makeCertificate({ commonName });
        return client().certificates.create({ name: commonName, certificate: cert, ...rest });
      };
      const all = await trust('all', {});
      const here = await trust('here', { restricted: true, projects: ['default'] });
      const none = await trust('none', { restricted: true, projects: [] });
      const access = [
        { identifier: all.fingerprint, role: 'admin', provider: 'tls' },
        { identifier: here.fingerprint, role: 'operator', provider: 'tls' },
      ];
      for (const one of [vm, client().instances.ref('nope')]) expect(await one.access()).toEqual(access);
      for (const one of [all, here, none]) await one.delete();
      await vm.stop();
      await expect(vm.debugMemory()).rejects.toThrow(/must be running/);
      await expect(client().instances.ref('nope').debugMemory()).rejects.toThrow(NotFoundError);
    });

    it('are UEFI variables, which are edited as a whole on LXD', async () => {
      if (fake.server.product !== 'lxd') return;
      const vm = await machine();
      expect(await vm.uefiVars()).toEqual({});
      const order = { data: '0001', attr: 7, timestamp: '', digest: '' };
      await vm.editUefiVars((variables) => {
        variables['BootOrder-x'] = order;
      });
      // Another is quicker once.
      let tries = 0;
      await vm.editUefiVars(async (variables) => {
        if (tries++ === 0) {
          const theirs = { ...variables, theirs: order };
          await fake.call('PUT', '/1.0/instances/vm/uefi-vars', { variables: theirs });
        }
        variables.mine = order;
      });
      expect([tries, Object.keys(await vm.uefiVars())]).toEqual([2, ['BootOrder-x', 'theirs', 'mine']]);
      const beaten = vm.editUefiVars(async () => {
        const variables = { [String(tries++)]: order };
        await fake.call('PUT', '/1.0/instances/vm/uefi-vars', { variables });
      });
      await expect(beaten).rejects.toThrow(PreconditionFailedError);
      await vm.start();
      await expect(vm.editUefiVars(() => undefined)).rejects.toThrow(BadRequestError);
      await expect(vm.editUefiVars(1 as never)).rejects.toThrow(InvalidInputError);
    });

    it('is an NVRAM on Incus, variable by variable', async () => {
      if (fake.server.product !== 'incus') return;
      const { nvram } = await machine();
      expect([await nvram.names(), await nvram.find(boot)]).toEqual([[], undefined]);
      await nvram.set(boot, { binary: Buffer.of(0, 1) });
      await nvram.set('guid/db', {
        binary: Buffer.of(2),
        attributes: ['NON_VOLATILE', 'TIME_BASED_AUTHENTICATED_WRITE_ACCESS'],
        timestamp: new Date('2026-01-02T03:04:05Z'),
      });
      await nvram.set('guid/Timeout', { data: 5 });
      expect(await nvram.names()).toEqual([boot, 'guid/Timeout', 'guid/db']);
      const [guid, name] = boot.split('/');
      expect(await nvram.get(boot)).toEqual({
        key: boot,
        guid,
        name,
        binary: Buffer.of(0, 1),
        data: undefined,
        attributes: ['NON_VOLATILE', 'BOOTSERVICE_ACCESS', 'RUNTIME_ACCESS'],
        timestamp: null,
      });
      expect(await nvram.get('guid/db')).toMatchObject({
        attributes: ['NON_VOLATILE', 'TIME_BASED_AUTHENTICATED_WRITE_ACCESS'],
        timestamp: new Date('2026-01-02T03:04:05Z'),
      });
      expect(await nvram.get('guid/Timeout')).toMatchObject({ data: 5 });
      const seen: string[] = [];
      for await (const { key } of nvram) seen.push(key);
      expect(seen).toEqual(await nvram.names());
      await nvram.delete(boot);
      await expect(nvram.delete(boot)).rejects.toThrow(NotFoundError);
      await nvram.delete(boot, { ifExists: true });
      expect([await nvram.exists(boot), await nvram.exists('guid/db')]).toEqual([false, true]);
      await expect(nvram.set(boot, { data: 1, attributes: ['RUNTIME_ACCESS'] })).rejects.toThrow(/Volatile/);
      await client().instances.ref('vm').start();
      await expect(nvram.set(boot, { data: 1 })).rejects.toThrow(/running/);
      await expect(nvram.delete('guid/db')).rejects.toThrow(/running/);
    });

    it('refuses what is no variable', async () => {
      if (fake.server.product !== 'incus') return;
      const { nvram } = await machine();
      for (const key of ['', 'x', '/x', 'x/', 1, null])
        await expect(nvram.get(key as never)).rejects.toThrow(InvalidInputError);
      for (const value of [
        null,
        1,
        {},
        { data: 1, binary: Buffer.of(1) },
        { binary: 'text' },
        { binary: Buffer.of(1), attributes: ['NOPE'] },
        { data: 1, attributes: 'NON_VOLATILE' },
        { data: 1, timestamp: '2026' },
        { data: 1, other: 2 },
      ])
        await expect(nvram.set(boot, value as never)).rejects.toThrow(InvalidInputError);
      expect(requests().filter((line) => line.includes('nvram'))).toEqual([]);
    });
  },
  {
    extensions: (own) => [...own, own.includes('instance_access') ? 'instance_nvram' : 'instances_uefi_vars'],
  },
);
