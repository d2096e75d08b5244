import type { Route } from '../http/router.js';

/** Events come over a websocket only: a plain GET gets what Go's websocket library says. */
export const eventRoutes: Route[] = [
  {
    path: '/1.0/events',
    GET: () =>
      new Response('Bad Request\n', {
        status: 400,
        headers: { 'content-type': 'text/plain; charset=utf-8' },
      }),
  },
];
