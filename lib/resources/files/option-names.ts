import type { OptionNames } from '../../errors/index.js';
import { callNames } from '../../operations/index.js';
import type {
  MakeDirectoryOptions,
  ReadFileOptions,
  RemoveOptions,
  WriteFileOptions,
  WriteStreamOptions,
} from './files.js';
import type { PullOptions, PushOptions } from './transfer.js';

const attributes = { mode: true, uid: true, gid: true } as const;

export const readFile: OptionNames<ReadFileOptions> = { ...callNames, encoding: true };
export const writeFile: OptionNames<WriteFileOptions> = { ...callNames, ...attributes };
export const writeStream: OptionNames<WriteStreamOptions> = { ...writeFile, flags: true };
export const mkdir: OptionNames<MakeDirectoryOptions> = { ...writeFile, recursive: true };
export const rm: OptionNames<RemoveOptions> = { ...callNames, recursive: true, force: true };
export const pull: OptionNames<PullOptions> = { concurrency: true, onProgress: true, signal: true };
export const push: OptionNames<PushOptions> = { ...pull, ...attributes };
