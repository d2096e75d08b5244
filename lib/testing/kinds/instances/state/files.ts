import type { InstanceRecord } from '../records.js';
import { FileSystem } from '../../../files/file-system.js';

const folders = ['bin', 'dev', 'etc', 'home', 'proc', 'root', 'run', 'sbin', 'sys', 'tmp', 'usr', 'var'];

/** The files of an instance, as a small image has them; made when they are first looked at. */
export function filesOf(instance: InstanceRecord): FileSystem {
  instance.files ??= smallImage(instance.name);
  return instance.files;
}

function smallImage(name: string): FileSystem {
  const files = new FileSystem();
  for (const folder of folders) files.mkdir(`/${folder}`, {});
  const texts = {
    '/etc/group': 'root:x:0:\n',
    '/etc/hostname': `${name}\n`,
    '/etc/passwd': 'root:x:0:0:root:/root:/bin/sh\n',
  };
  for (const [path, text] of Object.entries(texts)) files.write(path, Buffer.from(text), {});
  return files;
}
