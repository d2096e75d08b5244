export * from './base.js';
export * from './conflict.js';
export * from './connection.js';
export * from './events.js';
export * from './exec.js';
export * from './operation.js';
export * from './server.js';
export * from './usage.js';
