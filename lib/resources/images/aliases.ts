import { InvalidInputError, named } from '../../errors/index.js';
import type { OperationOptions } from '../../operations/index.js';
import { describe, isMap, type JsonMap, type ModelClass } from '../../orm/index.js';
import type { Session } from '../../rest/session.js';
import { Collection } from '../kind/collection.js';
import { toWire } from '../kind/wire.js';
import { AliasStore, ImageAlias } from './alias.js';
import { assertAliasName } from './options.js';

/** What an alias means: an image, or its fingerprint. */
export type AliasTarget = string | { readonly fingerprint: string };

/** A new alias. */
export interface ImageAliasCreate {
  name: string;
  target: AliasTarget;
  description?: string | undefined;
}

/** What of an alias is to change; at least one of both. */
export interface ImageAliasUpdate {
  target?: AliasTarget | undefined;
  description?: string | undefined;
}

/** `client.images.aliases`: the names of images. */
export class ImageAliasManager<A extends ImageAlias = ImageAlias> extends Collection<A> {
  /** @internal */
  constructor(session: Session, Class: ModelClass<A>) {
    super(new AliasStore(session), Class);
  }

  /**
   * Gives an image a name (POST /1.0/images/aliases), and resolves with its fetched model.
   * @throws ConflictError for a name in use; NotFoundError for an image that is not there; InvalidInputError
   */
  async create(input: ImageAliasCreate, { signal }: OperationOptions = {}): Promise<A> {
    const { name, body } = wireOf(input);
    await this.session.send({ method: 'POST', path: this.store.spec.collection(), body, signal });
    return this.get(name, { signal });
  }

  /** Gives many names, or none: if one cannot be given, those before it are taken back. */
  async createAll(inputs: Iterable<ImageAliasCreate>, options: OperationOptions = {}): Promise<A[]> {
    const wanted = [...inputs];
    wanted.forEach(wireOf); // all are looked at before the first is sent
    const made: A[] = [];
    try {
      for (const input of wanted) made.push(await this.create(input, options));
    } catch (error) {
      for (const alias of made) await alias.delete().catch(() => undefined);
      throw error;
    }
    return made;
  }

  /**
   * Changes what a name means, or its description (PUT): in one step, so that it always means one of both images.
   * @throws InvalidInputError where nothing is to change; NotFoundError
   */
  async update(
    name: string,
    { target, description }: ImageAliasUpdate,
    options: OperationOptions = {},
  ): Promise<A> {
    if (target === undefined && description === undefined)
      throw new InvalidInputError(
        `images.aliases.update('${name}'): give a target or a description to change`,
      );
    const fingerprint = target === undefined ? undefined : targetOf(target);
    const alias = await this.get(name, { signal: options.signal });
    if (fingerprint !== undefined) alias.target = fingerprint;
    if (description !== undefined) alias.description = description;
    return alias.save({ ...options, onConflict: 'mine' });
  }

  /** Has the name mean this image, whether it is there or not: one that is there moves in one step. */
  async ensure(
    name: string,
    input: Omit<ImageAliasCreate, 'name'>,
    options: OperationOptions = {},
  ): Promise<A> {
    assertAliasName(name);
    const wanted = { ...input, target: targetOf(input.target) };
    const create = (given: typeof wanted, call: OperationOptions) => this.create({ ...given, name }, call);
    return this.ensureFrom(name, wanted, create, options);
  }

  override as<S extends A>(Class: ModelClass<S>): ImageAliasManager<S> {
    return new ImageAliasManager<S>(this.session, Class);
  }
}

function wireOf(input: ImageAliasCreate): { name: string; body: JsonMap } {
  if (!isMap(input))
    throw new InvalidInputError(`A new image alias is { name, target }, not ${describe(input)}`);
  const { name, description = '' } = input;
  assertAliasName(name);
  return {
    name,
    body: toWire(ImageAlias, { name, description, target: targetOf(input.target) }, 'image alias'),
  };
}

function targetOf(target: unknown): string {
  const given = isMap(target) ? target.fingerprint : target;
  if (typeof given === 'string' && given !== '') return given;
  throw new InvalidInputError(
    `The target of an image alias is an image or its fingerprint, not ${describe(target)}`,
  );
}

named({ ImageAliasManager });
