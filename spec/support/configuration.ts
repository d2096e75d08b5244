import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** The configurations of `lxc` and `incus` of one spec. */
export interface Configuration {
  /** `$LXD_CONF` and `$INCUS_CONF`. */
  lxd: string;
  incus: string;
  /** `$LXD_GLOBAL_CONF` and `$INCUS_GLOBAL_CONF`. */
  globalLxd: string;
  globalIncus: string;
  /** Writes a file, with the folders that it is in. */
  write(path: string, text: string): Promise<void>;
}

const cleared = ['LXC_REMOTE', 'INCUS_REMOTE', 'INCUS_PROJECT', 'TSLXD_REMOTE'];

/** For each spec of a block empty folders, in place of those of whoever runs it. */
export function useConfiguration(): Configuration {
  const configuration = {
    write: async (path: string, text: string) => {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
    },
  } as Configuration;
  let folder: string;
  let before: NodeJS.ProcessEnv;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tslxd remotes ü '));
    before = { ...process.env };
    const at = (name: string) => join(folder, name);
    const folders = {
      lxd: at('lxd'),
      incus: at('incus'),
      globalLxd: at('global lxd'),
      globalIncus: at('global incus'),
    };
    Object.assign(configuration, folders);
    process.env.LXD_CONF = folders.lxd;
    process.env.INCUS_CONF = folders.incus;
    process.env.LXD_GLOBAL_CONF = folders.globalLxd;
    process.env.INCUS_GLOBAL_CONF = folders.globalIncus;
    for (const name of cleared) delete process.env[name];
  });
  afterEach(async () => {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
    await rm(folder, { recursive: true, force: true });
  });
  return configuration;
}
