import { buffer } from 'node:stream/consumers';
import type { Client, Image, Profile } from 'tslxd';
import { callsOn, managerQuiet, modelQuiet, taken, type Calls } from './call.js';

const images = callsOn((client) => client.images);
const tiny = (client: Client): Promise<Image> => client.images.getByAlias('tiny');
const image = callsOn(tiny);
const aliases = callsOn((client) => client.images.aliases);
const alias = callsOn((client) => client.images.aliases.get('tiny'));
const targeted = callsOn(async (client) => ({
  aliases: client.images.aliases,
  target: (await tiny(client)).fingerprint,
}));
const profiles = callsOn((client) => client.profiles);
const profile = callsOn((client) => client.profiles.get('ours'));

export const imageCalls: Record<string, Calls> = {
  ImageManager: {
    ...managerQuiet,
    get: [
      callsOn(async (client) => ({ images: client.images, key: (await tiny(client)).key }))(
        ({ images: of, key }, { timed }) => of.get(key, timed),
      ),
      callsOn(async (client) => ({ images: client.images, key: (await tiny(client)).key }))(
        ({ images: of, key }, { timed }) => of.get(key, { secret: 'odd', ...timed }),
      ),
    ],
    getByAlias: images((of, { timed }) => of.getByAlias('tiny', timed)),
    all: [0, 1].map((recursion) =>
      images((of, { timed }) => of.all({ recursion: recursion as 0 | 1, ...timed })),
    ),
    names: images((of, { timed }) => of.names(timed)),
    exists: callsOn(async (client) => ({ images: client.images, key: (await tiny(client)).key }))(
      ({ images: of, key }, { timed }) => of.exists(key, timed),
    ),
    asyncIterator: images((of) => taken(of)),
    create: [
      images((of, { timed }) => of.create(Buffer.from('an image'), { aliases: ['new'], ...timed })),
      images((of, { timed }) => of.create({ metadata: Buffer.from('a'), rootfs: Buffer.from('b') }, timed)),
      images((of, { timed }) => of.create({ instance: 'off' }, timed)),
    ],
    ensure: [
      images((of, { timed }) => of.ensure('tiny', Buffer.from('an image'), timed)),
      images((of, { timed }) => of.ensure('new', Buffer.from('an image'), timed)),
    ],
    saveAll: callsOn(async (client) => {
      const models = await client.images.all();
      for (const model of models) model.properties.odd = 'yes';
      return { images: client.images, models };
    })(({ images: of, models }, { timed }) => of.saveAll(models, timed)),
  },

  Image: {
    ...modelQuiet,
    fetch: image((one, { timed }) => one.fetch(timed)),
    save: image((one, { timed }) => {
      one.properties.odd = 'yes';
      return one.save(timed);
    }),
    delete: image((one, { timed }) => one.delete(timed)),
    rename: image((one, { timed }) => one.rename('renamed', timed)),
    export: image((one, { signalled }) => buffer(one.export(signalled))),
    exportParts: image(async (one, { signalled }) => {
      const parts: Buffer[] = [];
      for await (const part of one.exportParts(signalled)) parts.push(await buffer(part.body));
      return parts;
    }),
    exportTo: image((one, { signalled, file }) => one.exportTo(file, signalled)),
    createSecret: image((one, { timed }) => one.createSecret(timed)),
    refresh: image((one, { timed }) => one.refresh(timed)),
    copyTo: (['pull', 'push', 'relay'] as const).map((mode) =>
      image((one, { timed, other }) => one.copyTo(other, { mode, aliases: ['copied'], ...timed })),
    ),
  },

  ImageAliasManager: {
    ...managerQuiet,
    get: aliases((of, { timed }) => of.get('tiny', timed)),
    all: [0, 1].map((recursion) =>
      aliases((of, { timed }) => of.all({ recursion: recursion as 0 | 1, ...timed })),
    ),
    names: aliases((of, { timed }) => of.names(timed)),
    exists: aliases((of, { timed }) => of.exists('tiny', timed)),
    asyncIterator: aliases((of) => taken(of)),
    create: targeted(({ aliases: of, target }, { timed }) => of.create({ name: 'new', target }, timed)),
    createAll: targeted(({ aliases: of, target }, { timed }) =>
      of.createAll(
        ['new', 'newer'].map((name) => ({ name, target })),
        timed,
      ),
    ),
    update: targeted(({ aliases: of }, { timed }) => of.update('tiny', { description: 'odd' }, timed)),
    ensure: targeted(({ aliases: of, target }, { timed }) => of.ensure('new', { target }, timed)),
    saveAll: callsOn(async (client) => {
      const models = await client.images.aliases.all();
      for (const model of models) model.description = 'odd';
      return { aliases: client.images.aliases, models };
    })(({ aliases: of, models }, { timed }) => of.saveAll(models, timed)),
  },

  ImageAlias: {
    ...modelQuiet,
    fetch: alias((one, { timed }) => one.fetch(timed)),
    save: alias((one, { timed }) => {
      one.description = 'odd';
      return one.save(timed);
    }),
    delete: alias((one, { timed }) => one.delete(timed)),
    rename: alias((one, { timed }) => one.rename('renamed', timed)),
  },

  ProfileManager: {
    ...managerQuiet,
    get: profiles((of, { timed }) => of.get('ours', timed)),
    all: [0, 1].map((recursion) =>
      profiles((of, { timed }) => of.all({ recursion: recursion as 0 | 1, ...timed })),
    ),
    names: profiles((of, { timed }) => of.names(timed)),
    exists: profiles((of, { timed }) => of.exists('ours', timed)),
    asyncIterator: profiles((of) => taken(of)),
    create: profiles((of, { timed }) => of.create({ name: 'new' }, timed)),
    ensure: profiles((of, { timed }) => of.ensure('ours', { config: { 'user.odd': 'yes' } }, timed)),
    saveAll: callsOn(async (client) => {
      const models = await client.profiles.all();
      for (const model of models) model.config['user.odd'] = 'yes';
      return { profiles: client.profiles, models };
    })(({ profiles: of, models }, { timed }) => of.saveAll(models, timed)),
  },

  Profile: {
    ...modelQuiet,
    fetch: profile((one, { timed }) => one.fetch(timed)),
    save: profile((one: Profile, { timed }) => {
      one.config['user.odd'] = 'yes';
      return one.save(timed);
    }),
    delete: profile((one, { timed }) => one.delete(timed)),
    rename: profile((one, { timed }) => one.rename('renamed', timed)),
  },
};
