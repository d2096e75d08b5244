import { AsyncLocalStorage } from 'node:async_hooks';
import type { MemberRecord } from './records.js';

/** The member whose daemon does what is done: that which was asked, or to which the request was passed on. */
export const here = new AsyncLocalStorage<MemberRecord>();
