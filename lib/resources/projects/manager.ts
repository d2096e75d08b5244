import { InvalidInputError, named } from '../../errors/index.js';
import type { LikeOf, PlainOf } from '../../operations/index.js';
import { isMap, type CallOptions, type JsonMap, type ModelClass } from '../../orm/index.js';
import type { Session } from '../../rest/session.js';
import { isTrue } from '../instances/config.js';
import { ResourceManager, type Around } from '../kind/manager.js';
import { dryPlace, RestStore } from '../kind/rest-store.js';
import { profiles } from '../profiles.js';
import { Project, projects, type ProjectInput } from './project.js';

/** `client.projects`. */
export class ProjectManager<P extends Project = Project> extends ResourceManager<P, ProjectInput> {
  /** @internal */
  constructor(session: Session, Class?: ModelClass<P>) {
    super(projects, () => ({ session }), Class);
  }

  override as<S extends PlainOf<P> & Project>(Class: ModelClass<S>): ProjectManager<LikeOf<P, S>> {
    return new ProjectManager(this.session, Class as ModelClass as ModelClass<LikeOf<P, S>>);
  }

  protected override dry(): ProjectManager<P> {
    return new ProjectManager<P>(dryPlace({ session: this.session }).session, this.Class);
  }

  /** The profile is read before the project is made, and the project is deleted again where it cannot be copied. */
  protected override async opening(
    name: string,
    { defaultProfile, config }: ProjectInput,
    { signal }: CallOptions,
  ): Promise<Around | undefined> {
    const from = profileOf(defaultProfile);
    if (from === undefined) return undefined;
    assertOwnProfiles(config);
    const { data } = await profilesOf(this.session).read(from, { signal });
    return async (finish) => {
      try {
        const project = await finish();
        if (!(project instanceof Project && isTrue(project.config['features.profiles'])))
          throw sharedProfiles();
        await this.#copy(data, name, signal);
        return project;
      } catch (error) {
        await this.ref(name)
          .delete({ wait: true, ifExists: true })
          .catch((reason: unknown) => {
            const { log } = this.session.connection;
            log.warn?.(
              `The project '${name}', which has no profile yet, is left: ${(reason as Error).message}`,
            );
          });
        throw error;
      }
    };
  }

  async #copy(profile: JsonMap, project: string, signal: AbortSignal | undefined): Promise<void> {
    const { config, devices, description } = profile;
    const store = profilesOf(this.session.derive({ project }));
    await store.write('default', 'replace', { config, devices, description }, undefined, { signal });
  }
}

function profilesOf(session: Session): RestStore {
  return new RestStore(profiles, () => ({ session }));
}

/** Which profile is wanted. @throws InvalidInputError */
function profileOf(given: unknown): string | undefined {
  if (given === undefined || given === false) return undefined;
  if (given === true) return 'default';
  if (typeof given === 'string' && given !== '') return given;
  throw new InvalidInputError("project.defaultProfile must be true or a profile's name");
}

/** A project without profiles of its own has those of `default`, which must stay as they are. @throws InvalidInputError */
function assertOwnProfiles(config: unknown): void {
  const own = isMap(config) ? config['features.profiles'] : undefined;
  if (own !== undefined && !isTrue(own)) throw sharedProfiles();
}

function sharedProfiles(): InvalidInputError {
  return new InvalidInputError(
    "project.defaultProfile: a project without features.profiles has the profiles of 'default'; leave one of them out",
  );
}

named({ ProjectManager });
