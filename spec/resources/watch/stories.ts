import type { Client, Watch, WatchChange } from 'tslxd';
import type { Model } from '../../../lib/orm/index.js';

/** The life of a thing of one kind, as a watch must tell it. */
export interface Story {
  title: string;
  watch(client: Client, names: Names): Watch<Model>;
  /** Brings about what the story tells of things that `names` are in the keys of. */
  play(client: Client, names: Names, told: Told): Promise<void>;
  expected(names: Names): string[];
}

export interface Names {
  /** An instance that is there, without snapshots, backups and so on. */
  instance: string;
  /** Its new name, at the end. */
  renamed: string;
  one: string;
  two: string;
  /** Of an image that is not there yet. */
  bytes: () => Promise<Uint8Array>;
}

/** Waits until it was told. */
export type Told = (line: string) => Promise<void>;

export const stories: readonly Story[] = [
  {
    title: 'profiles',
    watch: (client) => client.profiles.watch(),
    async play(client, { one, two }, told) {
      const profile = await client.profiles.create({ name: one });
      await told(`added ${one}`);
      profile.config['user.a'] = '1';
      await profile.save();
      await told(`changed ${one}`);
      await profile.rename(two);
      await told(`renamed ${two} from ${one}`);
      await profile.delete();
    },
    expected: ({ one, two }) => [
      `added ${one}`,
      `changed ${one}`,
      `renamed ${two} from ${one}`,
      `removed ${two}`,
    ],
  },
  {
    title: 'snapshots of an instance',
    watch: (client, { instance }) => client.instances.ref(instance).snapshots.watch(),
    async play(client, { instance, one, two }, told) {
      const snapshot = await client.instances.ref(instance).snapshots.create(one);
      await told(`added ${one}`);
      snapshot.expiresAt = new Date('2040-01-01');
      await snapshot.save();
      await told(`changed ${one}`);
      await snapshot.rename(two);
      await told(`renamed ${two} from ${one}`);
      await snapshot.delete();
    },
    expected: ({ one, two }) => [
      `added ${one}`,
      `changed ${one}`,
      `renamed ${two} from ${one}`,
      `removed ${two}`,
    ],
  },
  {
    title: 'snapshots of all instances, one of which is renamed',
    watch: (client) => client.snapshots.watch(),
    async play(client, { instance, renamed, one, two }, told) {
      const snapshot = await client.snapshots.create(`${instance}/${one}`);
      await told(`added ${instance}/${one}`);
      await snapshot.rename(two);
      await told(`renamed ${instance}/${two} from ${instance}/${one}`);
      const web = await client.instances.ref(instance).rename(renamed);
      await told(`removed ${instance}/${two}`);
      await told(`added ${renamed}/${two}`);
      await web.delete();
    },
    expected: ({ instance, renamed, one, two }) => [
      `added ${instance}/${one}`,
      `renamed ${instance}/${two} from ${instance}/${one}`,
      `removed ${instance}/${two}`,
      `added ${renamed}/${two}`,
      `removed ${renamed}/${two}`,
    ],
  },
  {
    title: 'backups',
    watch: (client, { instance }) => client.instances.ref(instance).backups.watch(),
    async play(client, { instance, one, two }, told) {
      const backup = await client.instances.ref(instance).backups.create(one);
      await told(`added ${one}`);
      await backup.rename(two);
      await told(`renamed ${two} from ${one}`);
      await backup.delete();
    },
    expected: ({ one, two }) => [`added ${one}`, `renamed ${two} from ${one}`, `removed ${two}`],
  },
  {
    title: 'aliases of images, and those of an image that is deleted',
    watch: (client) => client.images.aliases.watch(),
    async play(client, { one, two, bytes }, told) {
      const image = await client.images.create(await bytes(), { aliases: [`${one}/a`] });
      await told(`added ${one}/a`);
      await client.images.aliases.update(`${one}/a`, { description: 'changed' });
      await told(`changed ${one}/a`);
      await client.images.aliases.create({ name: two, target: image });
      await told(`added ${two}`);
      await client.images.aliases.ref(two).delete();
      await told(`removed ${two}`);
      await image.delete();
    },
    expected: ({ one, two }) => [
      `added ${one}/a`,
      `changed ${one}/a`,
      `added ${two}`,
      `removed ${two}`,
      `removed ${one}/a`,
    ],
  },
];

/** Plays a story before a watch, which is told all of it and nothing else. */
export async function play(story: Story, client: Client, names: Names): Promise<string[]> {
  const lines: string[] = [];
  const waiting = new Map<string, () => void>();
  const changes = story.watch(client, names);
  const ours = Object.values(names).filter((name) => typeof name === 'string');
  let isSynced: () => void = () => undefined;
  const synced = new Promise<void>((resolve) => (isSynced = resolve));
  const reading = (async () => {
    for await (const change of changes) {
      if (change.type === 'synced') isSynced();
      else if (ours.some((name) => change.key.split('/').includes(name))) {
        const line = lineOf(change);
        lines.push(line);
        waiting.get(line)?.();
      }
      if (lines.length >= story.expected(names).length) break;
    }
  })();
  await Promise.race([synced, reading]);
  await story.play(client, names, async (line) => {
    if (!lines.includes(line)) await new Promise<void>((resolve) => waiting.set(line, resolve));
  });
  await reading;
  return lines;
}

function lineOf(change: Exclude<WatchChange<Model>, { type: 'synced' }>): string {
  return `${change.type} ${change.key}${change.type === 'renamed' ? ` from ${change.from}` : ''}`;
}
