import { SimpleStreams } from 'tslxd';
import { callsOn, quiet, type Calls } from './call.js';

const local = quiet('asks no server');

const streams = callsOn(
  (_, { place }) => new SimpleStreams((place as { origin: string }).origin, { timeout: 300 }),
  { server: 'images' },
);
const image = callsOn(
  async (_, { place }) => {
    const [first] = await new SimpleStreams((place as { origin: string }).origin).all();
    return first!;
  },
  { server: 'images' },
);

export const streamCalls: Record<string, Calls> = {
  SimpleStreams: {
    refresh: local,
    inspect: local,
    all: streams((of, { timed }) => of.all(timed)),
    get: streams((of, { timed }) => of.get('0', timed)),
    getByAlias: streams((of, { timed }) => of.getByAlias('busy', timed)),
    aliases: streams((of, { timed }) => of.aliases(timed)),
  },

  SimpleStreamsImage: {
    source: local,
    exportTo: image((one, { timed, file }) => one.exportTo(file, timed)),
  },
};
