import { doc, header, literal, onlyNote, property, unique } from './print.js';
import { products, type ConfigKeyFact, type Facts } from './read.js';

/** One family of keys: what its types are called and which facts belong to it. */
interface Family {
  name: string;
  about: string;
  has: (fact: ConfigKeyFact) => boolean;
  /** The family whose keys this one has as well. */
  base?: string;
}

const isInstance = (fact: ConfigKeyFact) => fact.entity === 'instance' || fact.entity === 'kernel';
const isVolatile = (fact: ConfigKeyFact) => fact.group === 'volatile';
const isPool = (fact: ConfigKeyFact) =>
  fact.product === 'lxd' ? fact.group === 'pool-conf' : /^storage-(?!volume|bucket)/.test(fact.entity);
const isBucket = (fact: ConfigKeyFact) =>
  fact.product === 'lxd' ? fact.group === 'bucket-conf' : fact.entity.startsWith('storage-bucket-');
const isVolume = (fact: ConfigKeyFact) =>
  fact.product === 'lxd' ? fact.group === 'volume-conf' : fact.entity.startsWith('storage-volume-');

const families: readonly Family[] = [
  { name: 'Profile', about: 'profiles', has: (fact) => isInstance(fact) && !isVolatile(fact) },
  {
    name: 'Instance',
    about: "instances, the server's own `volatile.*` among them",
    has: (fact) => isInstance(fact) && isVolatile(fact),
    base: 'Profile',
  },
  { name: 'Server', about: 'the server', has: (fact) => fact.entity === 'server' },
  { name: 'Project', about: 'projects', has: (fact) => fact.entity === 'project' },
  {
    name: 'Network',
    about: 'networks of all types',
    has: (fact) => /^network-(bridge|macvlan|ovn|physical|sriov)$/.test(fact.entity),
  },
  {
    name: 'NetworkIntegration',
    about: 'network integrations',
    has: (fact) => fact.entity === 'network-integration',
  },
  { name: 'NetworkZone', about: 'network zones', has: (fact) => fact.entity === 'network-zone' },
  {
    name: 'StoragePool',
    about: 'storage pools of all drivers',
    has: (fact) => fact.entity.startsWith('storage-') && isPool(fact),
  },
  {
    name: 'StorageVolume',
    about: 'storage volumes of all drivers',
    has: (fact) => fact.entity.startsWith('storage-') && isVolume(fact),
  },
  {
    name: 'StorageBucket',
    about: 'storage buckets of all drivers',
    has: (fact) => fact.entity.startsWith('storage-') && isBucket(fact),
  },
  { name: 'Device', about: 'devices of all types', has: (fact) => fact.entity.startsWith('device') },
];

/** `user.*`, `volatile.<name>.hwaddr`, `tunnel.NAME.id`: parts that the user names. */
const placeholder = /<[^>]+>|\{[^}]+\}|\*|(?<=^|\.)[A-Z_]{3,}(?=\.|$)/g;
const isPattern = (key: string) => key.search(placeholder) >= 0;

/** The device types that a key is for: `device-nic-bridged` of LXD, group `nic_bridged` of Incus. */
function deviceType(fact: ConfigKeyFact): string {
  const name = fact.product === 'lxd' ? fact.entity.replace('device-', '') : fact.group.replaceAll('_', '-');
  const type = { 'unix-usb': 'usb', 'unix-char-block': 'unix-char, unix-block' }[name] ?? name;
  return /^(nic|gpu)-/.test(type) ? type.replace('-', ' ') : type;
}

/** The default and the like without the backticks that the sources leave half open. */
const plain = (text: string) => text.replaceAll('`', '').trim();

function printKey(key: string, facts: readonly ConfigKeyFact[], family: Family): string {
  const notes = unique(facts.flatMap((fact) => (fact.type && fact.type !== 'n/a' ? [fact.type] : [])));
  const defaults = unique(facts.flatMap((fact) => (fact.default === undefined ? [] : [plain(fact.default)])));
  const known = defaults.filter((text) => text !== '' && text !== '-');
  const conditions = unique(facts.flatMap((fact) => fact.condition ?? []).map(plain)).filter(
    (text) => text !== '-',
  );
  const types = family.name === 'Device' ? unique(facts.map(deviceType)).sort() : [];
  const having = products.filter((product) => facts.some((fact) => fact.product === product));
  return `${doc(
    [
      notes.join(' or '),
      known.length > 0 ? `default: ${known.join(' or ')}` : '',
      conditions.join(' or '),
      types.join(', '),
      facts.some((fact) => fact.liveupdate?.startsWith('yes')) ? 'live update' : '',
      onlyNote(having),
    ],
    '  ',
  )}  ${property(key)}?: string;\n`;
}

function printFamily(family: Family, facts: Facts): string {
  const { name, about, base } = family;
  const own = facts.configKeys.filter(family.has);
  const keys = unique(own.map((fact) => fact.key)).sort();
  const patterns = keys.filter(isPattern).map((key) => `\`${key.replaceAll(placeholder, '${string}')}\``);
  if (base) patterns.push(`${base}ConfigKey`);
  const lines = keys
    .filter((key) => !isPattern(key))
    .map((key) =>
      printKey(
        key,
        own.filter((fact) => fact.key === key),
        family,
      ),
    );
  const type =
    name === 'Device' ? '  /** What the device is. */\n  type?: DeviceType | (string & {});\n' : '';
  return `/** The known keys of ${about}. */
export interface ${name}ConfigKeys${base ? ` extends ${base}ConfigKeys` : ''} {
${type}${lines.join('')}}

/** A known key of ${about}, or one that follows a known pattern. */
export type ${name}ConfigKey =${[`keyof ${name}ConfigKeys`, ...unique(patterns)].map((member) => `\n  | ${member}`).join('')};

/** The config of ${about}: any key, the known ones by name; values are always text. */
export type ${name}Config = ${name}ConfigKeys & Record<string, string>;

/** The same to be sent: \`null\` removes a key. */
export type ${name}ConfigInput = Removable<${name}ConfigKeys> & Record<string, string | null>;
`;
}

function deviceTypes(facts: Facts): string[] {
  const devices = facts.configKeys.filter((fact) => fact.entity.startsWith('device'));
  const types = devices.flatMap((fact) =>
    deviceType(fact)
      .split(', ')
      .map((type) => type.split(' ')[0] ?? type),
  );
  return unique([...types, 'none']).sort();
}

/** The text of config-keys.generated.ts. */
export function generateConfigKeys(facts: Facts): string {
  return `${header}
/** Config keys to be sent: \`null\` removes one. */
export type Removable<T> = { [K in keyof T]?: T[K] | null };

/** The types of devices. */
export type DeviceType =${deviceTypes(facts)
    .map((type) => `\n  | ${literal(type)}`)
    .join('')};

${families.map((family) => printFamily(family, facts)).join('\n')}
/** Devices by name. */
export type Devices = Record<string, DeviceConfig>;
`;
}
