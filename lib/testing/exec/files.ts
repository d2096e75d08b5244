import { posix } from 'node:path';
import type { FileSystem } from '../files/file-system.js';
import type { Clock } from '../state/clock.js';

/**
 * The files of an instance, for who runs commands in it. Paths that are not absolute begin in the command's working
 * directory; what is not there is an error that says so.
 */
export interface FakeFiles {
  exists(path: string): boolean;
  readFile(path: string): Buffer;
  /** Makes the directories on the way, too. */
  writeFile(path: string, content: string | Uint8Array): void;
  readdir(path: string): string[];
  rm(path: string): void;
}

/** A file system as a command sees it that runs in this directory. */
export function filesFrom(files: FileSystem, cwd: string, clock: Clock): FakeFiles {
  const full = (path: string): string => posix.resolve(cwd, path);
  return {
    exists(path) {
      try {
        return Boolean(files.stat(full(path)));
      } catch {
        return false;
      }
    },
    readFile: (path) => files.read(full(path)),
    writeFile(path, content) {
      const modified = clock.now();
      files.mkdirs(posix.dirname(full(path)), { modified });
      files.write(full(path), Buffer.from(content), { modified });
    },
    readdir(path) {
      const node = files.stat(full(path));
      if (node.type !== 'directory') throw new Error(`readdir ${path}: not a directory`);
      return [...node.entries.keys()].sort();
    },
    rm: (path) => files.remove(full(path), clock.now()),
  };
}
