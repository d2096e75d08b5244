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
  priority: words(
    'limits.cpu.priority limits.disk.priority limits.memory.swap.priority limits.network.priority',
  ),
  unsigned: words(`
    migration.incremental.memory.goal migration.incremental.memory.iterations security.idmap.base
    security.idmap.size`),
  size: words(
    'limits.memory limits.hugepages.1GB limits.hugepages.1MB limits.hugepages.2MB limits.hugepages.64KB',
  ),
  cpus: words('limits.cpu'),
  uuid: words('volatile.cloud-init.instance-id volatile.uuid volatile.uuid.generation'),
  expiry: words('snapshots.expiry'),
  lines: words('raw.lxc'),
  any: words(`
    cloud-init.network-config cloud-init.user-data cloud-init.vendor-data cluster.evacuate
    limits.cpu.allowance limits.memory.enforce limits.memory.swap linux.kernel_modules
    nvidia.driver.capabilities nvidia.require.cuda nvidia.require.driver raw.apparmor raw.idmap raw.qemu
    raw.qemu.conf raw.seccomp security.syscalls.allow security.syscalls.blacklist security.syscalls.deny
    security.syscalls.intercept.mount.allowed security.syscalls.intercept.mount.fuse
    security.syscalls.whitelist snapshots.pattern snapshots.schedule volatile.apply_template
    volatile.base_image volatile.evacuate.origin volatile.idmap.base volatile.idmap.current
    volatile.idmap.next volatile.last_state.idmap volatile.last_state.power`),
};

/** What only one product has, beside the above. */
export const ownKeys: Record<ProductName, string[]> = {
  lxd: words('security.devlxd security.devlxd.images volatile.apply_quota'),
  incus: words(`
    boot.autorestart boot.host_shutdown_action limits.cpu.nodes raw.qemu.qmp.early
    raw.qemu.qmp.post-start raw.qemu.qmp.pre-start raw.qemu.scriptlet security.csm security.guestapi
    security.guestapi.images security.iommu security.sev security.sev.policy.es security.sev.session.data
    security.sev.session.dh security.syscalls.intercept.sysinfo volatile.cluster.group volatile.cpu.nodes
    volatile.last_state.ready volatile.rebalance.last_move volatile.vm.definition`),
};

const ofMachines = words(`
  agent.nic_config limits.memory.hugepages raw.qemu raw.qemu.conf raw.qemu.qmp.early
  raw.qemu.qmp.post-start raw.qemu.qmp.pre-start raw.qemu.scriptlet security.agent.metrics security.csm
  security.iommu security.secureboot security.sev security.sev.policy.es security.sev.session.data
  security.sev.session.dh volatile.apply_nvram volatile.vm.definition`);

/** What means something to virtual machines only: a container's config may not have it. */
export const machineKeys: Record<ProductName, Set<string>> = {
  lxd: new Set([...ofMachines, 'migration.stateful']),
  incus: new Set(ofMachines),
};

/** Families of keys whose ends users choose. */
export const prefixes = ['environment.', 'image.', 'limits.kernel.', 'linux.sysctl.', 'user.', 'smbios11.'];

/** The ends of `volatile.<device>.*`, which the server writes about devices. */
export const volatileEnds = words(`
  .apply_quota .ceph_rbd .created .driver .host_name .hwaddr .id .ip_addresses .mtu .name .spoofcheck .uuid
  .vlan .last_state.vf.parent`);
