import { assertOptions, InUseError, InvalidInputError, named, type OptionNames } from '../../errors/index.js';
import {
  assertWaits,
  run,
  startNames,
  type Ended,
  type OperationOptions,
  type StartOptions,
  type WaitOf,
} from '../../operations/index.js';
import { field, isMap, isMissing, type CallOptions, type DeleteOptions } from '../../orm/index.js';
import type { ProjectConfig } from '../../rest/endpoints/index.js';
import { forgetProject } from '../../rest/project-check.js';
import { isTrue } from '../instances/config.js';
import type { InputOf } from '../kind/input.js';
import { kind } from '../kind/kind.js';
import { Resource } from '../kind/resource.js';
import { serverFacts } from '../kind/server-facts.js';
import { Limit } from '../transfer/limit.js';
import { contentsIn, emptyProject, mayBeFull, titlesIn } from './empty.js';
import { Progress } from './progress.js';
import { assertUnprotected } from './protection.js';
import { stateFrom, type ProjectState } from './state.js';

/** How a project is deleted. */
export interface ProjectDeleteOptions<W extends boolean = boolean> extends DeleteOptions<W> {
  /** Delete all that is in it, too; running instances are stopped. */
  force?: boolean | undefined;
}

const deleteNames: OptionNames<ProjectDeleteOptions> = { ...startNames, ifExists: true, force: true };

/**
 * A project: a group of instances and, as its `features.*` say, of images, profiles, volumes and networks, apart from
 * those of other projects; what it does not have for itself it shares with `default` (`/1.0/projects/{name}`).
 */
export class Project extends Resource {
  @field({ key: true }) readonly name!: string;
  @field({ writable: true, scalar: 'string' }) description!: string;
  @field({ writable: true, form: 'map' }) config!: ProjectConfig;
  /** URLs of what is in it. */
  @field({ form: 'list' }) readonly usedBy!: readonly string[];

  /** Usage and limit of each resource (GET /1.0/projects/{name}/state). */
  async state(options: CallOptions = {}): Promise<ProjectState> {
    return stateFrom(await this.readObject('state', options));
  }

  /**
   * Gives it another name (POST /1.0/projects/{name}); clients of the old name have to be made anew.
   * @throws InUseError unless it is empty; AlreadyExistsError; InvalidInputError for `default`, which cannot be renamed
   */
  override async rename<W extends boolean = WaitOf<this>>(
    newName: string,
    options: StartOptions<W> = {},
  ): Promise<Ended<this, W>> {
    this.#assertOwn('renamed');
    const old = this.key;
    try {
      return await super.rename(newName, options);
    } finally {
      forgetProject(this.session, old); // not before: a list may find it there meanwhile
    }
  }

  /**
   * Deletes it, if nothing is in it but its `default` profile (DELETE /1.0/projects/{name}). With `force` all that is its
   * own goes with it, never what it shares with `default`: the server does it, or where it does not know how (LXD 5.0) or
   * stumbles (Incus 6.0, over things that use each other) one thing after the other is deleted here, up to the first that
   * cannot be: the error names that, what is deleted already, and what is left.
   * @throws InUseError where something is in it; InvalidInputError for `default`, which cannot be deleted, and with `force`
   * for one with instances that are protected from being deleted, which it names, before anything is deleted
   */
  override async delete<W extends boolean | WaitOf<this> = WaitOf<this>>(
    options: ProjectDeleteOptions<W> = {},
  ): Promise<Ended<void, W>> {
    assertOptions(options, deleteNames, 'delete() of a project');
    this.#assertOwn('deleted');
    const { force = false, ...rest } = options;
    if (!force) {
      await this.#assertEmpty(rest);
      try {
        return await super.delete(rest);
      } finally {
        forgetProject(this.session, this.key);
      }
    }
    assertWaits(this.session, rest, `delete() of ${this.toString()}: force`);
    await this.#deleteAll(rest);
    return undefined as Ended<void, W>;
  }

  async #deleteAll({ ifExists = false, signal, timeout, onProgress }: DeleteOptions): Promise<void> {
    if (this.isGone && ifExists) return;
    this.assertUsable(); // a new project may have its name, and what is in that is not ours to delete
    const limit = new Limit(`delete() of ${this.toString()}`, signal, timeout);
    const waiting = { signal: limit.signal, onProgress };
    const progress = new Progress();
    try {
      await this.#removeAll(progress, waiting);
    } catch (error) {
      if (!ifExists || !isMissing(error, this.kind)) throw progress.explain(limit.errorOf(error));
    } finally {
      limit.clear();
      forgetProject(this.session, this.key);
    }
    this.gone();
  }

  async #removeAll(progress: Progress, waiting: OperationOptions): Promise<void> {
    const { signal } = waiting;
    const look = async () => {
      const { data } = await this.store.read(this.key, { signal });
      progress.listed(titlesIn(data, this.key));
      return data;
    };
    const remove = async (query: string) =>
      run(
        this.session,
        { method: 'DELETE', path: this.path + query },
        { ...waiting, wait: true },
        () => undefined,
      );
    let data = await look();
    const hasInstances = contentsIn(data).some((url) => url.startsWith('/1.0/instances/'));
    if (hasInstances) await assertUnprotected(this.session, this.key, { signal });
    // Of a project without profiles of its own, Incus 6.0.4 empties the `default` profile of the project `default`.
    const ownProfiles = isMap(data.config) && isTrue(data.config['features.profiles']);
    if (ownProfiles && (await this.#canForce(waiting))) {
      try {
        await remove('?force=1');
        return;
      } catch (error) {
        if (!mayBeFull(error)) throw error;
        data = await look(); // it may have begun
      }
    }
    for (let before = Infinity, left = contentsIn(data); left.length > 0; left = contentsIn(data)) {
      if (left.length >= before) throw this.#full(left);
      before = left.length;
      await emptyProject(this.session, this.key, data, progress, waiting);
      data = await look();
    }
    await remove('');
  }

  /** Whether the server knows of `force`; another would ignore it. */
  async #canForce({ signal }: CallOptions): Promise<boolean> {
    return (await serverFacts(this.session, { signal })).extensions.has('projects_force_delete');
  }

  /**
   * LXD 5.0 deletes a project with volumes and networks in it: they are lost, and files of volumes stay on the disk.
   * @throws InUseError
   */
  async #assertEmpty({ ifExists, signal }: DeleteOptions): Promise<void> {
    const { product } = await serverFacts(this.session, { signal });
    if (product !== 'lxd' || (await this.#canForce({ signal })) || (this.isGone && ifExists)) return;
    const reading = await this.store.read(this.key, { signal }).catch((error: unknown) => {
      if (isMissing(error, this.kind)) return undefined; // to be told by the deletion
      throw error;
    });
    const left = contentsIn(reading?.data ?? {});
    if (left.length > 0)
      throw this.#full(left, 'nothing was done: ', '; delete({ force: true }) takes all with it');
  }

  #full([first = '']: string[], what = '', remedy = ''): InUseError {
    return new InUseError(`${this.toString()} cannot be deleted, ${what}${first} is in it${remedy}`);
  }

  /** @throws InvalidInputError */
  #assertOwn(done: string): void {
    if (this.key === 'default') throw new InvalidInputError(`The project 'default' cannot be ${done}`);
  }
}

/** A new project. */
export type ProjectInput = InputOf<Project, 'description' | 'config'> & {
  /**
   * The profile of the client's project that the new one gets as its `default`: `true` for the `default` one, or a name.
   * Without it that of a new project is empty, so that its instances need devices of their own.
   */
  defaultProfile?: boolean | string | undefined;
};

/** @internal */
export const projects = kind<Project, ProjectInput>({
  name: 'project',
  path: '/1.0/projects/{name}',
  model: Project,
  // A PATCH of one key replaces the config, which switches all features off.
  writes: { partial: false, emptyIsUnset: ['config'], checkedLoosely: true },
  filter: 'incus',
  allProjects: 'always', // they are in no project
  events: { of: 'project', everywhere: true }, // each is told of in itself
  inputs: ['defaultProfile'],
  body: ({ default_profile: _, ...body }) => body,
});

named({ Project });
