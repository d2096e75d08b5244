import { plain } from '../../http/reply.js';
import type { Route } from '../../http/router.js';

/** Events come over a websocket only: a plain GET gets what Go's websocket library says. */
export const eventRoutes: Route[] = [
  {
    path: '/1.0/events',
    GET: () => plain(400, 'Bad Request\n'),
  },
];
