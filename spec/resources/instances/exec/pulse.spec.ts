import { EventEmitter } from 'node:events';
import { watchPulse } from '../../../../lib/resources/instances/exec/pulse.js';
import type { Websocket } from '../../../../lib/rest/transport.js';
import { until } from '../../../rest/test-server.js';

/** A control socket; `answers` says whether the other side is there. */
function socket(answers: boolean) {
  const emitter = new EventEmitter();
  let pings = 0;
  const websocket = Object.assign(emitter, {
    readyState: 1,
    ping: () => {
      pings += 1;
      if (answers) emitter.emit('pong');
    },
  }) as unknown as Websocket;
  return { websocket, pings: () => pings };
}

test('a socket that brings nothing is asked, and then given up, once', async () => {
  const { websocket, pings } = socket(false);
  let lost = 0;
  watchPulse(websocket, () => (lost += 1), 2);
  await until(() => lost > 0);
  const asked = pings();
  expect(asked).toBeGreaterThan(0);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect([lost, pings()]).toEqual([1, asked]);
});

test('one that answers is asked again and again, until it is closed', async () => {
  const { websocket, pings } = socket(true);
  watchPulse(
    websocket,
    () => {
      throw new Error('it was taken for dead');
    },
    2,
  );
  await until(() => pings() > 20);
  websocket.emit('close');
  const asked = pings();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(pings()).toBe(asked);
});
