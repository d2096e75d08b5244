/** What both products say of the machine that they run on, with figures of the fake's own. */
export const environment = {
  addresses: [] as string[],
  architectures: ['x86_64', 'i686'],
  certificate: '',
  certificate_fingerprint: '',
  driver: 'lxc',
  driver_version: '5.0.2',
  firewall: 'nftables',
  kernel: 'Linux',
  kernel_architecture: 'x86_64',
  kernel_features: {
    idmapped_mounts: 'true',
    netnsid_getifaddrs: 'true',
    seccomp_listener: 'true',
    seccomp_listener_continue: 'true',
    uevent_injection: 'true',
    unpriv_fscaps: 'true',
  },
  kernel_version: '6.1.0',
  lxc_features: {
    cgroup2: 'true',
    core_scheduling: 'true',
    devpts_fd: 'true',
    idmapped_mounts_v2: 'true',
    mount_injection_file: 'true',
    network_gateway_device_route: 'true',
    network_ipvlan: 'true',
    network_l2proxy: 'true',
    network_phys_macvlan_mtu: 'true',
    network_veth_router: 'true',
    pidfd: 'true',
    seccomp_allow_deny_syntax: 'true',
    seccomp_notify: 'true',
    seccomp_proxy_send_notify_fd: 'true',
  },
  os_name: 'Debian GNU/Linux',
  os_version: '12',
  project: 'default',
  server_clustered: false,
  server_event_mode: 'full-mesh',
  server_name: 'fake',
  storage: 'dir',
  storage_version: '1',
  storage_supported_drivers: [{ Name: 'dir', Version: '1', Remote: false }],
};

const none = { total: 0 };

/** `/1.0/resources` of a small machine. */
export const resources = {
  cpu: {
    architecture: 'x86_64',
    sockets: [
      {
        name: 'Fake CPU',
        vendor: 'tslxd',
        socket: 0,
        cores: [
          { core: 0, die: 0, threads: [{ id: 0, numa_node: 0, thread: 0, online: true, isolated: false }] },
        ],
      },
    ],
    total: 1,
  },
  memory: {
    nodes: [{ numa_node: 0, hugepages_used: 0, hugepages_total: 0, used: 1073741824, total: 4294967296 }],
    hugepages_total: 0,
    hugepages_used: 0,
    hugepages_size: 2097152,
    used: 1073741824,
    total: 4294967296,
  },
  gpu: { cards: [], ...none },
  network: { cards: [], ...none },
  storage: { disks: [], ...none },
  usb: { devices: [], ...none },
  pci: { devices: [], ...none },
  system: {
    ...{ uuid: '', vendor: '', product: '', family: '', version: '', sku: '', serial: '', type: 'container' },
    ...{ firmware: null, chassis: null, motherboard: null },
  },
};
