/**
 * The config keys of servers, storage pools, networks, DNS zones and network integrations that hold passwords, tokens and
 * private keys. `user.*` means nothing to a server, so it cannot know them as secrets.
 */
export const configSecrets =
  /^(?!user\.)(.*(password|(client|private|platform)_key|client\.secret|api\.token|api[._]key)|acme\.(eab\.hmac|provider\.environment)|peers\.[^.]+\.key)$/;
