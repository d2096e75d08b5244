import { assertOptions, InvalidInputError, milliseconds, named } from '../../errors/index.js';
import {
  operationNames,
  type Ended,
  type OperationOptions,
  type WaitOf,
  type LikeOf,
  type PlainOf,
} from '../../operations/index.js';
import { describe, isMap, type ModelClass, type Ran } from '../../orm/index.js';
import { ResourceManager, type CreateOptions, type EnsureOptions } from '../kind/manager.js';
import { dryPlace, type Place } from '../kind/rest-store.js';
import { imageAliases, ImageAlias, type AliasTarget, type ImageAliasCreate } from './alias.js';
import { assertAliasName } from './alias-name.js';

/** What of an alias is to change; at least one of both. */
export interface ImageAliasUpdate {
  target?: AliasTarget | undefined;
  description?: string | undefined;
}

/** `client.images.aliases`: the names of images. */
export class ImageAliasManager<A extends ImageAlias = ImageAlias> extends ResourceManager<
  A,
  ImageAliasCreate
> {
  readonly #place: () => Place;

  /** @internal */
  constructor(place: () => Place, Class = ImageAlias as ModelClass as ModelClass<A>) {
    super(imageAliases, place, Class);
    this.#place = place;
  }

  /**
   * Gives an image a name (POST /1.0/images/aliases), and resolves with its fetched model.
   * @throws AlreadyExistsError for a name in use; NotFoundError for an image that is not there; InvalidInputError
   */
  override async create<W extends boolean = WaitOf<A>>(
    input: ImageAliasCreate,
    options: CreateOptions<W> = {},
  ): Promise<Ended<A, W>> {
    return super.create(checked(input), options);
  }

  /** Gives many names, or none: if one cannot be given, those before it are taken back. Always waited for. */
  async createAll(inputs: Iterable<ImageAliasCreate>, options: OperationOptions = {}): Promise<A[]> {
    assertOptions(options, operationNames, 'images.aliases.createAll()');
    milliseconds(options.timeout);
    const wanted = [...inputs].map(checked); // all are looked at before the first is sent
    const made: A[] = [];
    try {
      for (const input of wanted) made.push(await this.create(input, { ...options, wait: true }));
    } catch (error) {
      for (const alias of made) await alias.delete({ wait: true }).catch(() => undefined);
      throw error;
    }
    return made;
  }

  /**
   * Changes what a name means, or its description (PUT): in one step, so that it always means one of both images. Always
   * waited for.
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
    assertOptions(options, operationNames, 'images.aliases.update()');
    milliseconds(options.timeout);
    const fingerprint = target === undefined ? undefined : targetOf(target);
    const alias = await this.get(name, { signal: options.signal });
    if (fingerprint !== undefined) alias.target = fingerprint;
    if (description !== undefined) alias.description = description;
    return alias.save({ ...options, onConflict: 'mine' });
  }

  /**
   * Has the name mean this image, whether it is there or not: one that is there moves in one step. Always waited for.
   */
  override async ensure<D extends boolean = false>(
    name: string,
    input: Omit<ImageAliasCreate, 'name'>,
    options: EnsureOptions<D> = {},
  ): Promise<Ran<A, D>> {
    const { name: _, ...wanted } = checked({ ...input, name });
    return super.ensure(name, wanted, options);
  }

  override as<S extends PlainOf<A> & ImageAlias>(Class: ModelClass<S>): ImageAliasManager<LikeOf<A, S>> {
    return new ImageAliasManager(this.#place, Class as ModelClass as ModelClass<LikeOf<A, S>>);
  }

  protected override dry(): ImageAliasManager<A> {
    return new ImageAliasManager<A>(() => dryPlace(this.#place()), this.Class);
  }

  protected override assertNewName(name: unknown): asserts name is string {
    assertAliasName(name);
  }
}

function checked(input: ImageAliasCreate): ImageAliasCreate & { target: string } {
  if (!isMap(input))
    throw new InvalidInputError(`A new image alias is { name, target }, not ${describe(input)}`);
  assertAliasName(input.name);
  return { ...input, target: targetOf(input.target) };
}

function targetOf(target: unknown): string {
  const given = isMap(target) ? target.fingerprint : target;
  if (typeof given === 'string' && given !== '') return given;
  throw new InvalidInputError(
    `The target of an image alias is an image or its fingerprint, not ${describe(target)}`,
  );
}

named({ ImageAliasManager });
