export * from './agent.js';
export * from './candidates.js';
export * from './certificate-error.js';
export * from './connection-error.js';
export * from './discovery.js';
export * from './endpoint.js';
export * from './options.js';
export * from './tls.js';
