import { existsSync } from 'node:fs';
import { homedir, platform } from 'node:os';
import { join, resolve } from 'node:path';
import type { Product } from '../options.js';

/** Where a command-line client keeps what it knows. */
export interface ConfigFolders {
  /** The user's: `config.yml`, `client.crt`, `client.key`, `servercerts/`. */
  user: string;
  /** Everybody's: `config.yml` and `servercerts/`. */
  global: string;
}

/** The environment, by which the clients of the command line find their files. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The folders of `lxc` or of `incus`, as each looks for them itself. */
export function configFolders(product: Product, env: Environment): ConfigFolders {
  if (product === 'lxd') {
    return {
      user: env.LXD_CONF ? resolve(env.LXD_CONF) : lxdFolder(env),
      global: resolve(env.LXD_GLOBAL_CONF || '/etc/lxd'),
    };
  }
  return {
    user: env.INCUS_CONF ? resolve(env.INCUS_CONF) : join(userConfig(env), 'incus'),
    global: resolve(env.INCUS_GLOBAL_CONF || '/etc/incus'),
  };
}

/** Of the snap's client where that has been used, as pylxd does; the snap sets LXD_CONF for itself only. */
function lxdFolder(env: Environment): string {
  const snap = join(home(env), 'snap/lxd/common/config');
  return existsSync(join(snap, 'config.yml')) ? snap : join(home(env), '.config/lxc');
}

/** Go's `os.UserConfigDir()`. */
function userConfig(env: Environment): string {
  if (platform() === 'win32') return env.APPDATA || join(home(env), 'AppData/Roaming');
  if (platform() === 'darwin') return join(home(env), 'Library/Application Support');
  return env.XDG_CONFIG_HOME || join(home(env), '.config');
}

function home(env: Environment): string {
  return env.HOME || homedir();
}
