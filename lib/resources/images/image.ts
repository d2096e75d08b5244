import type { Readable } from 'node:stream';
import { assertOptions, InvalidInputError, named, type OptionNames } from '../../errors/index.js';
import {
  callNames,
  run,
  startNames,
  type Ended,
  type StartOptions,
  type WaitOf,
} from '../../operations/index.js';
import { describe, type CallOptions, type ModelClass } from '../../orm/index.js';
import type { OtherClient } from '../transfer/peer.js';
import { assertAliasName } from './alias-name.js';
import { copyImage, type ImageCopyOptions } from './copy.js';
import {
  exportParts,
  exportStream,
  exportTo,
  type ImageDownload,
  type ImageExportOptions,
  type ImageFiles,
  type ImagePart,
} from './export.js';
import { ImageFields } from './fields.js';
import { replacementOf } from './refresh.js';
import { createSecret } from './secret.js';
import { giveAlias, takeAlias } from './settle.js';

/** How an image is given another name. */
export interface ImageAliasOptions extends CallOptions {
  /** Of the alias; empty by default. */
  description?: string | undefined;
}

const aliasNames: OptionNames<ImageAliasOptions> = { ...callNames, description: true };
const exportNames: OptionNames<ImageExportOptions> = { signal: true, onProgress: true, secret: true };

/** An image (`/1.0/images/{fingerprint}`). */
export class Image extends ImageFields {
  /**
   * Its bytes, where it is in one file (GET /1.0/images/{fingerprint}/export). The stream ends only if their SHA-256 is
   * its fingerprint; else it fails with an IntegrityError. InvalidInputError where it is in two files.
   */
  export(options: ImageExportOptions = {}): Readable {
    assertOptions(options, exportNames, 'export()');
    return exportStream(this.#download, options);
  }

  /** Its one or two files as streams: each must be read to its end before the next is asked for. Checked at the end. */
  exportParts(options: ImageExportOptions = {}): AsyncGenerator<ImagePart, void, void> {
    assertOptions(options, exportNames, 'exportParts()');
    return exportParts(this.#download, options);
  }

  /**
   * Downloads it to a file, or into a directory under the server's names for it: complete and verified, or no file at
   * all. Of an image in two files the second gets the first one's name with `.root`. Resolves with the path or paths,
   * which `images.create()` takes. @throws InvalidInputError for a place that cannot be written; IntegrityError,
   * ProtocolError
   */
  async exportTo(target: string, options: ImageExportOptions = {}): Promise<string | ImageFiles> {
    assertOptions(options, exportNames, 'exportTo()');
    return exportTo(this.#download, target, options);
  }

  /**
   * A one-time token that lets an untrusted client download this image (POST /1.0/images/{fingerprint}/secret): for
   * `export()` and as the `secret` of an image from another server.
   */
  async createSecret(options: CallOptions = {}): Promise<string> {
    assertOptions(options, callNames, 'createSecret()');
    return createSecret(this.session, this.path, options);
  }

  /**
   * Gives it another name (POST /1.0/images/aliases); `client.images.aliases` has all of them, and `ensure()` there moves
   * one from another image. @throws AlreadyExistsError for a name in use; InvalidInputError
   */
  async addAlias(name: string, options: ImageAliasOptions = {}): Promise<this> {
    assertOptions(options, aliasNames, 'addAlias()');
    assertAliasName(name);
    const { description = '', ...call } = options;
    if (typeof description !== 'string')
      throw new InvalidInputError(`addAlias(): description must be a string, not ${describe(description)}`);
    this.assertUsable();
    // The beginning of a fingerprint is enough for a model's key, but not for an alias.
    if (this.key.length < 64) await this.fetch(call);
    const target = this.isFetched ? String(this.raw('fingerprint')) : this.key;
    await giveAlias(this.session, { name, description, target }, call);
    return this.#renamed(call);
  }

  /** Takes a name away from it (DELETE /1.0/images/aliases/{name}). @throws NotFoundError if it has no such name */
  async removeAlias(name: string, options: CallOptions = {}): Promise<this> {
    assertOptions(options, callNames, 'removeAlias()');
    assertAliasName(name);
    this.assertUsable();
    await takeAlias(this.session, name, this.key, options);
    return this.#renamed(options);
  }

  /**
   * Fetches it again from where it came (POST /1.0/images/{fingerprint}/refresh). Resolves with this image where nothing
   * newer was there; else with the new one, which has its aliases now, and this one is gone.
   */
  async refresh<W extends boolean = WaitOf<this>>(options: StartOptions<W> = {}): Promise<Ended<this, W>> {
    assertOptions(options, startNames, 'refresh()');
    const Class = this.constructor as ModelClass<this>;
    const request = { method: 'POST', path: `${this.path}/refresh` };
    const before = this.isFetched
      ? this
      : await new Class(this.store, this.key).fetch({ signal: options.signal });
    return run(this.session, request, options, async ({ metadata }) => {
      if (metadata?.refreshed !== true) return this;
      const { key, reading } = await replacementOf(this.store, before);
      return new Class(this.store, key, reading);
    });
  }

  /**
   * Copies it to another server. The target connects to the source (`pull`), the source to the target (`push`), or this
   * process to both (`relay`): the bytes stream through it, and neither has to reach the other. Where the target has it
   * already, it only gets what is named here. Resolves with the image there. Always waited for.
   * @throws AlreadyExistsError for an alias in use, before anything is sent; UnsupportedError for a server without an
   * address on the network; ConnectionError where one server cannot reach the other at any address
   */
  async copyTo(client: OtherClient, options: ImageCopyOptions = {}): Promise<this> {
    const Class = this.constructor as ModelClass<this>;
    const original = new Class(this.store, this.key); // ours may have unsaved edits
    return (await copyImage(this.session, this.path, original, client, options)) as this;
  }

  /** Its names are read again, if they had been read. */
  async #renamed(call: CallOptions): Promise<this> {
    return this.isFetched ? this.fetch(call) : this;
  }

  get #download(): ImageDownload {
    const size = this.raw('size');
    return {
      session: this.session,
      path: this.path,
      fingerprint: this.key,
      size: typeof size === 'number' && size > 0 ? size : undefined,
    };
  }
}

named({ Image });
