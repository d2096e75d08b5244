import { Refusal } from '../../state/refusal.js';
import { rootDisk } from '../../devices/root-disk.js';
import { expandedConfig, expandedDevices } from '../instances/state/expand.js';
import type { InstanceRecord, InstanceType } from '../instances/records.js';
import type { ProjectRecord } from './project.js';

/** What of an instance counts. */
export type Counted = Pick<InstanceRecord, 'name' | 'type' | 'config' | 'devices' | 'profiles'>;

/** A volume that counts. */
interface CountedVolume {
  name: string;
  config: Readonly<Record<string, string>>;
}

const counts: Readonly<Record<string, InstanceType | undefined>> = {
  containers: 'container',
  'virtual-machines': 'virtual-machine',
  instances: undefined,
};

/** What is added up, and whether it is in bytes. */
const sums = { memory: true, cpu: false, processes: false, disk: true } as const;
type Summed = keyof typeof sums;

const units = 'kMGTPE';

/** A size in bytes; undefined for what is none, such as a percentage. */
function bytesOf(text: string): number | undefined {
  const [, number, unit = '', binary = ''] = /^(\d+)(?: bytes|B|([kKMGTPE])(i?)B)?$/.exec(text) ?? [];
  if (number === undefined) return undefined;
  const power = unit ? units.toLowerCase().indexOf(unit.toLowerCase()) + 1 : 0;
  return Number(number) * (binary ? 1024 : 1000) ** power;
}

function amountOf(what: Summed, text: string): number | undefined {
  return sums[what] ? bytesOf(text) : /^\d+$/.test(text) ? Number(text) : undefined;
}

/** `512.0MiB` */
function shown(what: Summed, amount: number): string {
  if (!sums[what]) return String(amount);
  const power = amount < 1024 ? 0 : Math.floor(Math.log2(amount) / 10);
  return power === 0 ? `${amount}B` : `${(amount / 1024 ** power).toFixed(1)}${' KMGTPE'[power]}iB`;
}

function textOf(what: Summed, project: ProjectRecord, instance: Counted): string {
  if (what === 'disk') return rootDisk(expandedDevices(project, instance))?.size ?? '';
  return expandedConfig(project, instance)[`limits.${what}`] ?? '';
}

/** The instances and volumes that count: those that are there, and one that is to be. */
class Allocation {
  constructor(
    readonly project: ProjectRecord,
    readonly instances: readonly Counted[],
    readonly volumes: readonly CountedVolume[],
  ) {}

  static of(project: ProjectRecord, instance?: Counted, volume?: CountedVolume): Allocation {
    const instances = [...project.instances.values()].filter(({ name }) => name !== instance?.name);
    const volumes = project.shelves
      .all()
      .filter(([path]) => path[0] === 'storage-pools' && path.slice(2).join('/') === 'volumes/custom')
      .flatMap(([, shelf]) => [...shelf.values()] as CountedVolume[]);
    return new Allocation(
      project,
      instance ? [...instances, instance] : instances,
      volume ? [...volumes, volume] : volumes,
    );
  }

  count(of: string): number {
    const type = counts[of];
    return this.instances.filter((one) => type === undefined || one.type === type).length;
  }

  /** @throws Refusal for what has no amount, where it must have one */
  sum(what: Summed, isStrict: boolean): number {
    const own = this.instances.map((one) => this.#amount(what, one, isStrict));
    const ofVolumes = what === 'disk' ? this.volumes.map((one) => this.#size(one, isStrict)) : [];
    return [...own, ...ofVolumes].reduce((total, amount) => total + amount, 0);
  }

  #amount(what: Summed, instance: Counted, isStrict: boolean): number {
    const text = textOf(what, this.project, instance);
    const amount = amountOf(what, text);
    if (amount !== undefined || !isStrict) return amount ?? 0;
    const where = `"${instance.name}" in project "${this.project.name}"`;
    if (text !== '') throw new Refusal(500, `Failed parsing "limits.${what}" for instance ${where}`);
    const lack = what === 'disk' ? '"size" config set on the root device' : `"limits.${what}" config,`;
    throw new Refusal(500, `Instance ${where} has no ${lack} either directly or via a profile`);
  }

  #size({ name, config }: CountedVolume, isStrict: boolean): number {
    const amount = bytesOf(config.size ?? '');
    if (amount !== undefined || !isStrict) return amount ?? 0;
    const where = `"${name}" in project "${this.project.name}"`;
    throw new Refusal(500, `Custom volume ${where} has no "size" config set`);
  }
}

/** The answer to a GET of `…/state`. */
export function stateOf(project: ProjectRecord) {
  const allocation = Allocation.of(project);
  const networks = project.having('networks') === project ? project.shelves.at(['networks']).size : 0;
  const usage: Record<string, number> = { networks };
  for (const of of Object.keys(counts)) usage[of] = allocation.count(of);
  for (const what of Object.keys(sums) as Summed[]) usage[what] = allocation.sum(what, false);
  const names = Object.keys(usage).sort();
  const limit = (name: string) => bytesOf(project.config[`limits.${name}`] ?? '') ?? -1;
  const one = (name: string) => [name, { Limit: limit(name), Usage: usage[name] }] as const;
  return { resources: Object.fromEntries(names.map(one)) };
}

/** Refuses an instance or a volume that is to be, or to become so, for the limits of its project. @throws Refusal */
export function assertWithin(
  project: ProjectRecord,
  doing: 'instance creation' | 'instance update' | 'volume creation',
  { instance, volume }: { instance?: Counted; volume?: CountedVolume },
): void {
  const { name, config } = project;
  const allocation = Allocation.of(project, instance, volume);
  if (doing === 'instance creation' && instance) {
    for (const of of Object.keys(counts)) {
      const type = counts[of];
      const most = config[`limits.${of}`];
      if (!most || (type && type !== instance.type) || allocation.count(of) <= Number(most)) continue;
      const what = type ? `instances of type "${type}"` : 'instances';
      throw new Refusal(500, `Reached maximum number of ${what} in project "${name}"`);
    }
  }
  const failed = `Failed checking if ${doing} allowed: `;
  for (const what of volume ? (['disk'] as const) : (Object.keys(sums) as Summed[])) {
    const most = config[`limits.${what}`];
    if (!most) continue;
    const total = prefixed(`${failed}Failed getting usage of project entities: `, () =>
      allocation.sum(what, true),
    );
    if (total <= (amountOf(what, most) ?? Infinity)) continue;
    const reached = `Reached maximum aggregate value "${most}" for "limits.${what}" in project "${name}"`;
    throw new Refusal(500, failed + reached);
  }
}

/** What is said of new limits that are lower than what is used. @throws Refusal */
export function assertNotLower(project: ProjectRecord, config: Readonly<Record<string, string>>): void {
  const { name, config: before } = project;
  const allocation = Allocation.of(project);
  const isChanged = (key: string) => config[key] && config[key] !== before[key];
  for (const of of Object.keys(counts)) {
    const key = `limits.${of}`;
    const count = allocation.count(of);
    if (!isChanged(key) || count <= Number(config[key])) continue;
    const type = counts[of];
    const now = type ? `${count} instances of type ${type}` : `${count} total instances`;
    const low = `"${key}" is too low: there currently are ${now} in project "${name}"`;
    throw new Refusal(500, `Can't change ${type ? `"${key}"` : key} in project "${name}": ${low}`);
  }
  for (const what of Object.keys(sums) as Summed[]) {
    const key = `limits.${what}`;
    if (!isChanged(key)) continue;
    const total = allocation.sum(what, true);
    if (total > (amountOf(what, config[key] ?? '') ?? Infinity))
      throw new Refusal(500, `"${key}" is too low: current total is "${shown(what, total)}"`);
  }
}

function prefixed<T>(prefix: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof Refusal ? new Refusal(error.status, prefix + error.message) : error;
  }
}
