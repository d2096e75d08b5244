import { buffer } from 'node:stream/consumers';
import type { Client, Image, ImageAlias, Profile } from 'tslxd';
import { callsOn, quiet, type Calls } from './call.js';
import { managerCalls, modelCalls } from './kinds.js';

const tiny = async (client: Client): Promise<Image> => client.images.getByAlias('tiny');
const images = callsOn((client) => client.images);
const image = callsOn(tiny);
const targeted = callsOn(async (client) => ({
  images: client.images,
  aliases: client.images.aliases,
  target: (await tiny(client)).fingerprint,
}));
const profiles = callsOn((client) => client.profiles);

const editImage = (model: Image) => {
  model.properties.odd = 'yes';
};
const editAlias = (model: ImageAlias) => {
  model.description = 'odd';
};
const editProfile = (model: Profile) => {
  model.config['user.odd'] = 'yes';
};

export const imageCalls: Record<string, Calls> = {
  ImageManager: {
    ...managerCalls((client) => client.images, {
      key: async (client) => (await tiny(client)).key,
      edit: editImage,
    }),
    getByAlias: images((of, { timed }) => of.getByAlias('tiny', timed)),
    create: [
      images((of, { timed }) => of.create(Buffer.from('an image'), { aliases: ['new'], ...timed })),
      images((of, { timed }) => of.create({ metadata: Buffer.from('a'), rootfs: Buffer.from('b') }, timed)),
      images((of, { timed }) => of.create({ instance: 'off' }, timed)),
    ],
    ensure: [
      images((of, { timed }) => of.ensure('tiny', Buffer.from('an image'), timed)),
      images((of, { timed }) => of.ensure('new', Buffer.from('an image'), timed)),
      targeted(({ images: of, target }, { timed }) => of.get(target, { secret: 'odd', ...timed })),
    ],
  },

  Image: {
    ...modelCalls(tiny, { edit: editImage }),
    rename: quiet('an image cannot be renamed'),
    export: image((one, { signalled }) => buffer(one.export(signalled))),
    exportParts: image(async (one, { signalled }) => {
      const parts: Buffer[] = [];
      for await (const part of one.exportParts(signalled)) parts.push(await buffer(part.body));
      return parts;
    }),
    exportTo: image((one, { signalled, file }) => one.exportTo(file, signalled)),
    addAlias: image((one, { timed }) => one.addAlias('another', timed)),
    removeAlias: image((one, { timed }) => one.removeAlias('tiny', timed)),
    createSecret: image((one, { timed }) => one.createSecret(timed)),
    refresh: image((one, { timed }) => one.refresh(timed)),
    copyTo: (['pull', 'push', 'relay'] as const).map((mode) =>
      image((one, { timed, other }) => one.copyTo(other, { mode, aliases: ['copied'], ...timed })),
    ),
  },

  ImageAliasManager: {
    ...managerCalls((client) => client.images.aliases, { key: 'tiny', edit: editAlias }),
    create: targeted(({ aliases: of, target }, { timed }) => of.create({ name: 'new', target }, timed)),
    createAll: targeted(({ aliases: of, target }, { timed }) =>
      of.createAll(
        ['new', 'newer'].map((name) => ({ name, target })),
        timed,
      ),
    ),
    update: targeted(({ aliases: of }, { timed }) => of.update('tiny', { description: 'odd' }, timed)),
    ensure: targeted(({ aliases: of, target }, { timed }) => of.ensure('new', { target }, timed)),
  },

  ImageAlias: modelCalls(async (client) => client.images.aliases.get('tiny'), { edit: editAlias }),

  'client.profiles': {
    ...managerCalls((client) => client.profiles, { key: 'ours', edit: editProfile }),
    create: profiles((of, { timed }) => of.create({ name: 'new' }, timed)),
    ensure: profiles((of, { timed }) => of.ensure('ours', { config: { 'user.odd': 'yes' } }, timed)),
  },

  Profile: modelCalls(async (client) => client.profiles.get('ours'), { edit: editProfile }),
};
