/** What the products say of other servers. */
export const quirks = {
  lxd: {
    notConnected: (url: string) => `Failed to connect to LXD server "${url}": `,
    unknownAuthority: 'x509: certificate signed by unknown authority',
    /** Of a file that an image server lists and has not. */
    missingFile: '404 Not Found',
  },
  incus: {
    notConnected: (url: string) => `Failed to connect to the server "${url}": `,
    unknownAuthority: 'tls: failed to verify certificate: x509: certificate signed by unknown authority',
    missingFile: 'resource not found',
  },
};
