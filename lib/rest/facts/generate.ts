import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { generateDialects } from './dialects.js';
import { generateConfigKeys } from './config-keys.js';
import { generateEndpoints } from './endpoints.js';
import { readFacts } from './read.js';
import { generateSchemas } from './schemas.js';
import { generateEvents, generateExtensions, generateNames } from './small.js';

/** Where the generated files lie. */
export const endpointsFolder = new URL('../endpoints/', import.meta.url);

/** The generated files, file name to text; nothing is written. */
export function generate(): Map<string, string> {
  const facts = readFacts();
  return new Map([
    ['schemas.generated.ts', generateSchemas(facts)],
    ['endpoints.generated.ts', generateEndpoints(facts)],
    ['dialects.generated.ts', generateDialects(facts)],
    ['config-keys.generated.ts', generateConfigKeys(facts)],
    ['events.generated.ts', generateEvents(facts)],
    ['extensions.generated.ts', generateExtensions(facts)],
    ['names.generated.ts', generateNames(facts)],
  ]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [file, text] of generate()) writeFileSync(new URL(file, endpointsFolder), text);
}
