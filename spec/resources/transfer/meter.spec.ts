import { jest } from '@jest/globals';
import { Readable } from 'node:stream';
import type { Progress } from 'tslxd';
import { Meter } from '../../../lib/resources/transfer/meter.js';
import { ImageServer } from '../images/image-server.js';

test.each([undefined, 30])('of %p bytes, the last report comes once', (total) => {
  const told = jest.fn<(progress: Progress) => void>();
  const meter = new Meter('upload', total, told);
  meter.add(10);
  meter.add(20);
  meter.end();
  meter.end();
  expect(told.mock.calls.map(([{ bytes }]) => bytes)).toEqual([30]);
});

const mebi = Buffer.alloc(1 << 20, 'x');

test.each<[string, () => Buffer | AsyncIterable<Uint8Array>]>([
  ['bytes', () => mebi],
  ['a stream', () => Readable.from([mebi.subarray(0, 9), mebi.subarray(9)])],
  [
    'an iterable',
    () =>
      (async function* () {
        yield mebi;
      })(),
  ],
])('an upload of %s reports its end once, before the server begins', async (_, source) => {
  const server = await ImageServer.start(); // which ends with the spec
  const steps: Progress[] = [];
  await server.client().images.create(source(), { onProgress: (step) => steps.push(step) });
  expect(steps.filter(({ stage, bytes }) => stage === 'upload' && bytes === mebi.length)).toHaveLength(1);
});
