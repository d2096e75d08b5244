import { InvalidInputError } from '../../errors/index.js';
import type { LoggedRequest } from '../http/log.js';

/**
 * Which requests are meant: `'PATCH /1.0/instances/web'`, where `*` stands for one segment of the path and `**` for any
 * number, and without a method for any; an expression that is tried on such a text; or a function.
 */
export type RequestMatch = string | RegExp | ((request: LoggedRequest) => boolean);

/** Says of a request whether it is meant. The query is not looked at but by a function. */
export function matcher(match: RequestMatch): (request: LoggedRequest) => boolean {
  if (typeof match === 'function') return match;
  const expression = match instanceof RegExp ? match : pattern(match);
  return ({ method, path }) => `${method} ${path}`.search(expression) >= 0;
}

function pattern(text: string): RegExp {
  const [, method, path] = /^(?:([A-Z]+) )?(\/\S*)$/.exec(text) ?? [];
  if (path === undefined) {
    throw new InvalidInputError(
      `failNext: ${JSON.stringify(text)} is no request; write e.g. 'GET /1.0/instances/*'`,
    );
  }
  const parts = path.split(/(\*\*?)/).map((part) => {
    if (part === '**') return '.*';
    return part === '*' ? '[^/]+' : part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&');
  });
  return new RegExp(`^${method ?? '[A-Z]+'} ${parts.join('')}$`);
}
