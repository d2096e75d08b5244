import { refusalOfEvents } from '../../http/event-sockets.js';
import { plain } from '../../http/reply.js';
import type { Route } from '../../http/router.js';
import { Refusal } from '../../state/refusal.js';

/** Events come over a websocket only: a plain GET gets what Go's websocket library says. */
export const eventRoutes: Route[] = [
  {
    path: '/1.0/events',
    GET({ state, target, caller }) {
      const refusal = refusalOfEvents(state, target.query, caller);
      if (refusal) throw new Refusal(...refusal);
      return plain(400, 'Bad Request\n');
    },
  },
];
