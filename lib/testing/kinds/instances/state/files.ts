import type { Configured, InstanceRecord } from '../records.js';
import { FileSystem } from '../../../files/file-system.js';

const folders = ['bin', 'dev', 'etc', 'home', 'proc', 'root', 'run', 'sbin', 'sys', 'tmp', 'usr', 'var'];

/** The files of an instance, those of its image or of a small one; made when they are first looked at. */
export function filesOf(instance: InstanceRecord): FileSystem {
  instance.files ??= unpacked(instance) ?? smallImage(instance.name);
  return instance.files;
}

/** The files of what was made of an image, if that has any that can be read; others than the next call gives. */
export function unpacked({ imageData }: Pick<Configured, 'imageData'>): FileSystem | undefined {
  return imageData?.unpack?.();
}

/** The files of a small image. */
export function smallImage(name: string): FileSystem {
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
