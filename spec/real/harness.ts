import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { realServer, type RealServer, type ServerFacts } from './server.js';

export type { RawAnswer } from './raw.js';
export type { RealServer } from './server.js';

interface Missing {
  name: string;
  /** Why it cannot be used: set by probe.js when no daemon answers. */
  reason: string;
}

const preparation = 'run spec/real/servers.sh start';

// jest.config.ts has asked once for all specs; tools (bench, record) ask themselves.
const { foundServers = probe() } = globalThis as { foundServers?: (ServerFacts | Missing)[] };

// At once: describe blocks are wanted while a spec file loads.
const probed = foundServers.map((found): ServerFacts | Missing => {
  if ('reason' in found) return { ...found, reason: `no daemon answers (${preparation}); ${found.reason}` };
  return found.httpsUrl ? found : { name: found.name, reason: `has no HTTPS address (${preparation})` };
});

function probe(): (ServerFacts | Missing)[] {
  const script = fileURLToPath(new URL('probe.js', import.meta.url));
  const found = execFileSync(process.execPath, [script], { encoding: 'utf8' });
  return JSON.parse(found) as (ServerFacts | Missing)[];
}

/** The real servers that answer on this machine. */
export function realServers(): RealServer[] {
  return probed.flatMap((found) => ('reason' in found ? [] : [realServer(found)]));
}

/**
 * A describe block for each product, run against its real server and cleaned up at the end. A product that
 * does not answer gets one skipped test that says why; with TSLXD_REQUIRE_REAL=1 that test fails.
 */
export function describeReal(
  title: string,
  block: (server: RealServer) => void,
  only?: RealServer['product'],
): void {
  for (const found of probed) {
    if (only !== undefined && found.name.toLowerCase() !== only) continue;
    describe(`${title} on ${found.name}`, () => {
      if ('reason' in found) {
        absent(`${found.name}: ${found.reason}`);
      } else {
        const server = realServer(found);
        afterAll(() => server.cleanup());
        block(server);
      }
    });
  }
}

/** One skipped test that says why; a failing one with TSLXD_REQUIRE_REAL=1. */
export function absent(why: string): void {
  const required = process.env.TSLXD_REQUIRE_REAL === '1';
  (required ? it : it.skip)(why, () => {
    throw new Error(`TSLXD_REQUIRE_REAL is set, but ${why}`);
  });
}
