import type { Call, Calls } from './call.js';
import { authCalls } from './auth.js';
import { certificateCalls } from './certificates.js';
import { clientCalls, staticCalls } from './client.js';
import { dataCalls } from './data.js';
import { fileCalls } from './files.js';
import { imageCalls } from './images.js';
import { instanceCalls } from './instances.js';
import { listenerCalls } from './listeners.js';
import { networkCalls } from './networks.js';
import { projectCalls } from './projects.js';
import { streamCalls } from './streams.js';
import { warningCalls } from './warnings.js';
import { zoneCalls } from './zones.js';

/** How each public method is called, by class and name. A method that is not here fails the spec. */
export const table: Readonly<Record<string, Calls>> = {
  ...authCalls,
  ...certificateCalls,
  ...clientCalls,
  ...instanceCalls,
  ...dataCalls,
  ...fileCalls,
  ...imageCalls,
  ...networkCalls,
  ...listenerCalls,
  ...projectCalls,
  ...streamCalls,
  ...warningCalls,
  ...zoneCalls,
};

export { staticCalls };

/** The calls of the table, each with a title: `Instance.exec`, `Instance.exec #2`. */
export function listCalls(): { title: string; call: Call }[] {
  return [...Object.entries(table), ...Object.entries(staticCalls)].flatMap(([Class, methods]) =>
    Object.entries(methods).flatMap(([method, given]) => {
      if ('quiet' in given) return [];
      const calls = Array.isArray(given) ? given : [given];
      return calls.map((call, index) => ({
        title: `${Class}.${method}${index > 0 ? ` #${String(index + 1)}` : ''}`,
        call,
      }));
    }),
  );
}
