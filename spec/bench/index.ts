import { realServers } from '../real/harness.js';
import { benchExec } from './exec.js';
import { benchFake } from './fake.js';
import { benchImport } from './imports.js';
import { benchFiles } from './files.js';
import { benchImages } from './images.js';
import { benchLists } from './lists.js';
import { table, type Row } from './measure.js';
import { benchModels } from './models.js';
import { benchReal } from './real.js';
import { benchCpu, benchSaves } from './saves.js';

// `npm run bench`: everything in one run, side by side with what it is compared with.
const rows: Row[] = [
  ...benchImport(),
  ...(await benchFake()),
  ...(await benchLists()),
  ...(await benchCpu()),
  ...(await benchModels()),
];
for (const server of realServers()) {
  rows.push(...(await benchReal(server.socketPath)));
  rows.push(...(await benchSaves(server.socketPath, await server.ensureImage())));
  rows.push(...(await benchExec(server)));
  rows.push(...(await benchFiles(server.socketPath, await server.ensureImage())));
  rows.push(...(await benchImages(server.socketPath)));
}
console.log(table(rows));
