/**
 * The config keys of servers, storage pools, networks and network integrations that hold passwords, tokens and private keys.
 * `user.*` means nothing to a server, so it cannot know them as secrets.
 */
export const configSecrets = /^(?!user\.).*(password|client_key|client\.secret|api\.token|api\.key)$/;
