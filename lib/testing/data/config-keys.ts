import type { ProductName } from '../products/product.js';

const words = (text: string): string[] => text.trim().split(/\s+/);

/** Instance config keys of both products, by what their values must be; what is in no list may be any text. */
export const keysByKind = {
  boolean: words(`
    agent.nic_config boot.autostart limits.memory.hugepages migration.incremental.memory migration.stateful
    nvidia.runtime security.agent.metrics security.idmap.isolated security.nesting security.privileged
    security.protection.delete security.protection.shift security.secureboot
    security.syscalls.blacklist_compat security.syscalls.blacklist_default security.syscalls.deny_compat
    security.syscalls.deny_default security.syscalls.intercept.bpf security.syscalls.intercept.bpf.devices
    security.syscalls.intercept.mknod security.syscalls.intercept.mount
    security.syscalls.intercept.mount.shift security.syscalls.intercept.sched_setscheduler
    security.syscalls.intercept.setxattr snapshots.schedule.stopped volatile.apply_nvram`),
  integer: words(`
    boot.autostart.delay boot.autostart.priority boot.host_shutdown_timeout boot.stop.priority
    limits.processes volatile.vsock_id`),
  priority: words('limits.cpu.priority limits.disk.priority limits.memory.swap.priority'),
  unsigned: words(`
    migration.incremental.memory.goal migration.incremental.memory.iterations security.idmap.base
    security.idmap.size`),
  size: words('limits.hugepages.1GB limits.hugepages.1MB limits.hugepages.2MB limits.hugepages.64KB'),
  memory: words('limits.memory'),
  allowance: words('limits.cpu.allowance'),
  enforcement: words('limits.memory.enforce'),
  'snapshot schedule': words('snapshots.schedule'),
  uuid: words('volatile.cloud-init.instance-id volatile.uuid'),
  expiry: words('snapshots.expiry'),
  lines: words('raw.lxc'),
  any: words(`
    cloud-init.network-config cloud-init.user-data cloud-init.vendor-data linux.kernel_modules
    nvidia.driver.capabilities nvidia.require.cuda nvidia.require.driver raw.apparmor raw.idmap raw.qemu
    raw.qemu.conf raw.seccomp security.syscalls.allow security.syscalls.blacklist security.syscalls.deny
    security.syscalls.intercept.mount.allowed security.syscalls.intercept.mount.fuse
    security.syscalls.whitelist snapshots.pattern volatile.apply_template
    volatile.base_image volatile.evacuate.origin volatile.idmap.base volatile.idmap.current
    volatile.idmap.next volatile.last_state.idmap volatile.last_state.power`),
};

/** What only one product has, beside the above, or of other values. */
export const ownKeys = {
  lxd: {
    any: words('volatile.apply_quota'),
    boolean: words('limits.memory.swap security.devlxd security.devlxd.images'),
    priority: words('limits.network.priority'),
    cpus: words('limits.cpu'),
    evacuation: words('cluster.evacuate'),
  },
  incus: {
    any: words(`
      raw.qemu.qmp.early raw.qemu.qmp.post-start raw.qemu.qmp.pre-start raw.qemu.scriptlet
      security.sev.session.data security.sev.session.dh volatile.cluster.group volatile.vm.definition`),
    boolean: words(`
      boot.autorestart security.csm security.guestapi security.guestapi.images security.iommu security.sev
      security.sev.policy.es security.syscalls.intercept.sysinfo`),
    integer: words('volatile.rebalance.last_move'),
    uuid: words('volatile.uuid.generation'),
    'one cpu or more': words('limits.cpu'),
    nodes: words('limits.cpu.nodes volatile.cpu.nodes'),
    'boolean, never empty': words('volatile.last_state.ready'),
    swap: words('limits.memory.swap'),
    'wider evacuation': words('cluster.evacuate'),
    'shutdown action': words('boot.host_shutdown_action'),
  },
} as const;

const ofMachines = words(`
  agent.nic_config limits.memory.hugepages raw.qemu raw.qemu.conf security.agent.metrics security.secureboot
  volatile.apply_nvram`);

/** What means something to virtual machines only: a container's config may not have it. */
export const machineKeys: Record<ProductName, Set<string>> = {
  lxd: new Set([...ofMachines, 'migration.stateful']),
  incus: new Set([
    ...ofMachines,
    ...words(`
      raw.qemu.qmp.early raw.qemu.qmp.post-start raw.qemu.qmp.pre-start raw.qemu.scriptlet security.csm
      security.iommu security.sev security.sev.policy.es security.sev.session.data security.sev.session.dh
      volatile.vm.definition volatile.vsock_id`),
  ]),
};

/** Families of keys whose ends users choose. */
export const prefixes = ['environment.', 'image.', 'limits.kernel.', 'linux.sysctl.', 'user.'];

/** Those of virtual machines with Incus. */
export const machinePrefixes: Record<ProductName, string[]> = { lxd: [], incus: ['smbios11.'] };

const ends = words(`
  .apply_quota .ceph_rbd .created .driver .host_name .hwaddr .id .mtu .name .spoofcheck .uuid .vlan
  .last_state.vf.parent`);

/** The ends of `volatile.<device>.*`, which the server writes about devices. */
export const volatileEnds: Record<ProductName, string[]> = {
  lxd: ends,
  incus: [
    ...ends,
    ...words('.last_state.ip_addresses .last_state.pci.parent .last_state.usb.bus .last_state.usb.device'),
  ],
};
