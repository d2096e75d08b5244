import { Shelves } from '../../kind/shelves.js';
import type { Product, ProductName } from '../../products/product.js';
import { isOn, type StringMap } from '../../state/maps.js';
import type { ImageRecord } from '../images/records.js';
import type { InstanceRecord } from '../instances/records.js';
import { defaultProfile, type ProfileRecord } from '../profiles/records.js';

/** What a project has for itself, or shares with `default`. */
export type Feature =
  'images' | 'networks' | 'networks.zones' | 'profiles' | 'storage.buckets' | 'storage.volumes';

/** The features of new projects, and those that `default` has besides. */
export const features: Readonly<Record<ProductName, { always: Feature[]; byDefault: Feature[] }>> = {
  lxd: { always: ['images', 'profiles', 'storage.volumes'], byDefault: ['networks'] },
  incus: {
    always: ['images', 'profiles', 'storage.buckets', 'storage.volumes'],
    byDefault: ['networks', 'networks.zones'],
  },
};

/** DNS zones go with the networks, or by themselves where the server has learnt that. */
export const zoneFeature = (_: object, { extensions }: Product): Feature =>
  extensions.includes('projects_networks_zones') ? 'networks.zones' : 'networks';

/** What a project is, without what is in it. */
export interface ProjectData {
  name: string;
  description: string;
  config: StringMap;
}

/** All that lives in one project. */
export class ProjectRecord implements ProjectData {
  name: string;
  description: string;
  config: StringMap;
  /** What is its own, by the paths of the lists. */
  readonly shelves: Shelves;
  /** Whose things it has where they are not its own. */
  readonly #home: ProjectRecord | undefined;

  constructor(
    { name, description, config, shelves = new Shelves() }: ProjectData & { shelves?: Shelves },
    home?: ProjectRecord,
  ) {
    this.name = name;
    this.description = description;
    this.config = config;
    this.shelves = shelves;
    this.#home = home;
  }

  /** The project that has the things of a feature: this one, or `default`. */
  having(feature: Feature | undefined): ProjectRecord {
    const isOwn = !this.#home || feature === undefined || isOn(this.config[`features.${feature}`]);
    return isOwn || !this.#home ? this : this.#home;
  }

  /** Its instances, which are always its own. */
  get instances(): Map<string, InstanceRecord> {
    return this.shelves.at(['instances']);
  }

  /** The profiles that its instances can have. */
  get profiles(): Map<string, ProfileRecord> {
    return this.having('profiles').shelves.at(['profiles']);
  }

  /** The images that they can be made of. */
  get images(): Map<string, ImageRecord> {
    return this.having('images').shelves.at(['images']);
  }
}

/** The projects of a server. */
export class Projects extends Map<string, ProjectRecord> {
  readonly #product: Product;

  constructor(product: Product) {
    super();
    this.#product = product;
  }

  override set(name: string, data: ProjectData): this {
    return super.set(name, data instanceof ProjectRecord ? data : this.#made(data));
  }

  /** A project as new ones are. */
  add(name: string): ProjectRecord {
    const { always, byDefault } = features[this.#product.name];
    const isDefault = name === 'default';
    const own = [...always, ...(isDefault ? byDefault : [])].map((feature) => [
      `features.${feature}`,
      'true',
    ]);
    const description = isDefault ? `Default ${this.#product.title} project` : '';
    const project = this.#made({ name, description, config: Object.fromEntries(own) as StringMap });
    super.set(name, project);
    return project;
  }

  /** A new one has what the server gives it; one that is renamed keeps what it has. */
  #made(data: ProjectData): ProjectRecord {
    const project = new ProjectRecord(data, this.get('default'));
    const isNew = !('shelves' in data);
    if (isNew && project.having('profiles') === project)
      project.profiles.set('default', defaultProfile(data.name, this.#product));
    return project;
  }

  /** Those that have the things of a feature of this one. */
  sharing(project: ProjectRecord, feature: Feature): ProjectRecord[] {
    return [...this.values()].filter((one) => one.having(feature) === project);
  }
}
