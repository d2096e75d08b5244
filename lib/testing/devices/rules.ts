import { isIP } from 'node:net';
import { isAbsolute } from 'node:path/posix';
import { existsSync, statSync } from 'node:fs';
import { isOn, type StringMap } from '../state/maps.js';
import { Refusal } from '../state/refusal.js';
import type { DeviceContext } from './check.js';
import { nicRules } from './nics.js';
import { proxyAddress, type ProxyAddress } from './proxy-address.js';

/** What the options of a device must be together. @throws Refusal with what the servers say where they are not */
export type Rule = (device: StringMap, context: DeviceContext, name: string) => void;

/** Refuses with the first of these texts that holds. */
function refuse(...problems: readonly (readonly [holds: unknown, text: string])[]): void {
  const found = problems.find(([holds]) => holds);
  if (found) throw new Refusal(500, found[1]);
}

/** Is this the path of something on the host, as which the machine serves that the fake runs on? */
export function isHostPath(
  { source, pool }: StringMap,
  { product }: Pick<DeviceContext, 'product'>,
): boolean {
  if (!source || pool || /^(?:ceph|cephfs):/.test(source)) return false;
  return source !== 'cloud-init:config' && !(product === 'incus' && source === 'agent:config');
}

const isFolder = (path: string | undefined): boolean =>
  path !== undefined && existsSync(path) && statSync(path).isDirectory();

const disk: Rule = (device, context) => {
  const { source = '', path = '', pool = '', size, recursive } = device;
  const isLocal = isHostPath(device, context);
  const twice = Object.values(context.local).filter(
    (one) => one.type === 'disk' && path && one.path === path,
  );
  const isContainer = context.type === 'container';
  refuse(
    [isContainer && device['io.bus'], 'IO bus configuration cannot be applied to containers'],
    [isContainer && device['io.cache'], 'IO cache configuration cannot be applied to containers'],
    [
      device.required && device.optional,
      'Cannot use both "required" and deprecated "optional" properties at the same time',
    ],
    [!source && path !== '/', 'Disk entry is missing the required "source" or "path" property'],
    [path === '/' && source, 'Root disk entry may not have a "source" property set'],
    [path === '/' && !pool, 'Root disk entry must have a "pool" property set'],
    [size && path !== '/', 'Only the root disk may have a size quota'],
    [device['size.state'] && path !== '/', 'Only the root disk may have a migration size quota'],
    [
      recursive && (path === '/' || !isFolder(source)),
      'The recursive option is only supported for additional bind-mounted paths',
    ],
    [
      isOn(recursive) && isOn(device.readonly),
      "Recursive read-only bind-mounts aren't currently supported by the kernel",
    ],
    [
      !/^(?:ceph|cephfs):/.test(source) && (device['ceph.cluster_name'] || device['ceph.user_name']),
      `Invalid options ceph.cluster_name/ceph.user_name for source ${JSON.stringify(source)}`,
    ],
    [twice.length > 1, `More than one disk device uses the same path ${JSON.stringify(path)}`],
    [isLocal && !isAbsolute(source), 'Source path must be absolute for local sources'],
    [
      pool && device.shift,
      'The "shift" property cannot be used with custom storage volumes (set "security.shifted=true" on the volume instead)',
    ],
    [pool && isAbsolute(source), 'Storage volumes cannot be specified as absolute paths'],
  );
};

const unixDevice: Rule = ({ source, path }) =>
  refuse([!source && !path, 'Unix device entry is missing the required "source" or "path" property']);

const hotplug: Rule = ({ vendorid, productid }) =>
  refuse([!vendorid && !productid, 'Unix hotplug devices require a vendorid or a productid']);

const gpu: Rule = (device, { product }) => {
  const beside = (key: string, others: readonly string[]) =>
    others.map(
      (one) =>
        [
          device[key] && device[one],
          `Cannot use "${one}" when ${product === 'lxd' ? 'when ' : ''}"${key}" is set`,
        ] as const,
    );
  refuse(
    ...beside('pci', ['id', 'productid', 'vendorid']),
    ...beside('id', ['pci', 'productid', 'vendorid']),
  );
};

const mig: Rule = (device, context, name) => {
  gpu(device, context, name);
  const uuid = device['mig.uuid'];
  refuse(
    ...['mig.gi', 'mig.ci'].map(
      (key) => [uuid && device[key], `Cannot use "${key}" when "mig.uuid" is set`] as const,
    ),
    [
      !uuid && (!device['mig.gi'] || !device['mig.ci']),
      'Either "mig.uuid" or both "mig.gi" and "mig.ci" must be set',
    ],
  );
};

const isWildcard = (address: string): boolean => address === '0.0.0.0' || address === '::';

const proxy: Rule = (device, { type, project }) => {
  const [listen, connect] = [device.listen, device.connect].map((text) => proxyAddress(text ?? '')) as [
    ProxyAddress,
    ProxyAddress,
  ];
  const isNat = isOn(device.nat);
  const isUnix = listen.protocol === 'unix';
  const isFile = isUnix && !listen.address.startsWith('@');
  const isApart = project.name !== 'default' && isOn(project.config['features.networks']);
  refuse(
    [type === 'virtual-machine' && !isNat, 'Only NAT mode is supported for proxies on VM instances'],
    [
      isUnix ? connect.ports > 1 : connect.ports > listen.ports,
      'Mismatch between listen port(s) and connect port(s) count',
    ],
    [
      isOn(device.proxy_protocol) && (connect.protocol !== 'tcp' || isNat),
      'The PROXY header can only be sent to tcp servers in non-nat mode',
    ],
    [
      !isFile && (device.uid || device.gid || device.mode),
      'Only proxy devices for non-abstract unix sockets can carry uid, gid, or mode properties',
    ],
  );
  if (!isNat) return;
  refuse(
    [type !== 'any' && isApart, 'NAT mode cannot be used in projects that have the networks feature'],
    [device.bind && device.bind !== 'host', 'Only host-bound proxies can use NAT'],
    [
      isUnix || connect.protocol === 'unix' || listen.protocol !== connect.protocol,
      `Proxying ${listen.protocol} <-> ${connect.protocol} is not supported when using NAT`,
    ],
    [
      isWildcard(listen.address),
      `Cannot listen on wildcard address ${JSON.stringify(listen.address)} when in nat mode`,
    ],
    [
      (isIP(listen.address) === 4) !== (isIP(connect.address) === 4),
      'Cannot mix IP versions between listen and connect in nat mode',
    ],
  );
};

/** What devices of each kind are held to beside the values of their options: before these are looked at, and after. */
export const rules: Readonly<Record<string, { before?: Rule; after?: Rule }>> = {
  disk: { after: disk },
  'unix-char': { after: unixDevice },
  'unix-block': { after: unixDevice },
  'unix-hotplug': { after: hotplug },
  proxy: { after: proxy },
  'gpu physical': { after: gpu },
  'gpu mdev': { after: gpu },
  'gpu sriov': { after: gpu },
  'gpu mig': { after: mig },
  ...nicRules,
};
