/**
 * Some of what Incus 6.0.4 says of its config keys, word for word (`/1.0/metadata/configuration`): enough to meet every form
 * in which it does.
 */
export const configuration = {
  configs: {
    cluster: {
      cluster: {
        keys: [
          {
            'scheduler.instance': {
              defaultdesc: '`all`',
              longdesc:
                'Possible values are `all`, `manual`, and `group`. See\n{ref}`clustering-instance-placement` for more information.',
              shortdesc: 'Controls how instances are scheduled to run on this member',
              type: 'string',
            },
          },
          {
            'user.*': {
              longdesc: 'User keys can be used in search.',
              shortdesc: 'Free form user key/value storage',
              type: 'string',
            },
          },
        ],
      },
    },
    devices: {
      disk: {
        keys: [
          {
            path: {
              longdesc: '',
              required: 'yes',
              shortdesc:
                'Path inside the instance where the disk will be mounted (only for file system disk devices)',
              type: 'string',
            },
          },
          {
            source: {
              longdesc: '',
              required: 'yes',
              shortdesc:
                'Source of a file system or block device (see {ref}`devices-disk-types` for details)',
              type: 'string',
            },
          },
        ],
      },
      'unix-char-block': {
        keys: [
          {
            path: {
              longdesc: '',
              shortdesc: 'Path inside the instance (one of `source` and `path` must be set)',
              type: 'string',
            },
          },
        ],
      },
    },
    instance: {
      boot: {
        keys: [
          {
            'boot.autostart': {
              liveupdate: 'no',
              longdesc: 'If set to `false`, restore the last state.',
              shortdesc: 'Whether to always start the instance when the daemon starts',
              type: 'bool',
            },
          },
        ],
      },
      'resource-limits': {
        keys: [
          {
            'limits.cpu': {
              defaultdesc: '1 (VMs)',
              liveupdate: 'yes',
              longdesc:
                'A number or a specific range of CPUs to expose to the instance.\n\nSee {ref}`instance-options-limits-cpu` for more information.',
              shortdesc: 'Which CPUs to expose to the instance',
              type: 'string',
            },
          },
          {
            'limits.memory': {
              defaultdesc: '`1GiB` (VMs)',
              liveupdate: 'yes',
              longdesc:
                "Percentage of the host's memory or a fixed value in bytes.\nVarious suffixes are supported.\n\nSee {ref}`instances-limit-units` for details.",
              shortdesc: "Usage limit for the host's memory",
              type: 'string',
            },
          },
        ],
      },
      volatile: {
        keys: [
          {
            'volatile.uuid': {
              longdesc: 'The instance UUID is globally unique across all servers and projects.',
              shortdesc: 'Instance UUID',
              type: 'string',
            },
          },
        ],
      },
    },
    network_zone: {
      common: {
        keys: [
          {
            'dns.nameservers': {
              longdesc: '',
              required: 'no',
              shortdesc: 'Comma-separated list of DNS server FQDNs (for NS records)',
              type: 'string set',
            },
          },
          {
            'network.nat': {
              defaultdesc: '`true`',
              longdesc: '',
              required: 'no',
              shortdesc: 'Whether to generate records for NAT-ed subnets',
              type: 'bool',
            },
          },
          {
            'peers.NAME.address': {
              longdesc: '',
              required: 'no',
              shortdesc: 'IP address of a DNS server',
              type: 'string',
            },
          },
          {
            'peers.NAME.key': {
              longdesc: '',
              required: 'no',
              shortdesc: 'TSIG key for the server',
              type: 'string',
            },
          },
          {
            'user.*': {
              longdesc: '',
              required: 'no',
              shortdesc: 'User-provided free-form key/value pairs',
              type: 'string',
            },
          },
        ],
      },
    },
    server: {
      core: {
        keys: [
          {
            'core.https_address': {
              longdesc: 'See {ref}`server-expose`.',
              scope: 'local',
              shortdesc: 'Address to bind for the remote API (HTTPS)',
              type: 'string',
            },
          },
          {
            'core.proxy_http': {
              longdesc:
                'If this option is not specified, the daemon falls back to the `HTTP_PROXY` environment variable (if set).',
              scope: 'global',
              shortdesc: 'HTTP proxy to use',
              type: 'string',
            },
          },
        ],
      },
    },
  },
};
