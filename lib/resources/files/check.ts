import { inspect } from 'node:util';
import { InvalidInputError } from '../../errors/index.js';
import type { FileAttributes } from './info.js';

/** Refuses what is no absolute path, before anything is sent: the servers have folders of their own to be relative to. */
export function checkPath(path: unknown): asserts path is string {
  if (typeof path !== 'string' || !path.startsWith('/')) {
    throw new InvalidInputError(
      `files: ${JSON.stringify(path) ?? String(path)} is no absolute path; it must begin with /`,
    );
  }
  if (path.includes('\0')) throw new InvalidInputError('files: a path cannot hold a NUL character');
}

export function checkAttributes({ mode, uid, gid }: FileAttributes): void {
  if (mode !== undefined && !(Number.isInteger(mode) && mode >= 0 && mode <= 0o7777)) {
    throw new InvalidInputError(`files: mode is ${JSON.stringify(mode)}; it must be a number such as 0o644`);
  }
  if (mode !== undefined && mode > 0o777) {
    throw new InvalidInputError(
      `files: mode 0o${mode.toString(8)} has set-uid, set-gid or sticky bits, which LXD 5 and Incus 6 drop without a word; ` +
        `set them in an instance: exec(['chmod', '${mode.toString(8)}', path])`,
    );
  }
  for (const [name, id] of Object.entries({ uid, gid })) {
    if (id === undefined || (Number.isInteger(id) && id >= 0)) continue;
    throw new InvalidInputError(`files: ${name} is ${JSON.stringify(id)}; it must be a numeric id`);
  }
}

/** Refuses what decodes no bytes, before they are fetched. */
export function checkEncoding(encoding: unknown): void {
  if (encoding === undefined || encoding === null) return;
  if (typeof encoding === 'string' && Buffer.isEncoding(encoding)) return;
  throw new InvalidInputError(`files: ${inspect(encoding)} is no encoding; pass 'utf8', or none for bytes`);
}
