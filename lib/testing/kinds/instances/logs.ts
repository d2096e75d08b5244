import type { Call } from '../../http/call.js';
import { done, sync } from '../../http/reply.js';
import type { Route } from '../../http/router.js';
import type { LogFile } from './records.js';
import { Refusal } from '../../state/refusal.js';
import { fileHeaders } from '../files.js';
import { findInstance, findLoaded, folderOf, type Found } from './find.js';
import type { Product } from '../../products/product.js';
import { quirks as shared } from './quirks.js';

const quirks = {
  lxd: {
    /** The names that log files can have, and those of them that nobody may delete. */
    names: /^(?:lxc\.log|lxc\.conf|qemu\.log|qemu\.conf|migration_.*|snapshot_.*|exec_.*\.std(?:out|err))$/,
    kept: /^lxc\.(?:log|conf)$/,
    isKept: 'lxc.log and lxc.conf may not be deleted',
    badName: (name: string) => `log file name ${name} not valid`,
    /** Is the configuration of the runtime one of the logs? */
    showsRuntimeConfig: true,
    /** The status of a log file that is not there. */
    missing: { open: 500, remove: 404 },
    missingInstance: (_: string) => 'Instance not found',
  },
  incus: {
    names: /^(?:lxc\.log|qemu\.log|migration_.*|snapshot_.*)$/,
    kept: /^(?:lxc|qemu)\.log$/,
    isKept: 'Only log files excluding qemu.log and lxc.log may be deleted',
    badName: (name: string) => `Log file name "${name}" not valid`,
    showsRuntimeConfig: false,
    missing: { open: 404, remove: 404 },
    missingInstance: (name: string) => `open /var/log/incus/${name}: no such file or directory`,
  },
};

/** The log of the runtime, which is always there. */
const own = 'lxc.log';

function filesIn(call: Call, { instance }: Found, folder: string): [string, LogFile][] {
  const all: [string, LogFile][] = [
    [own, { data: Buffer.alloc(0), modified: call.state.clock.now() }],
    ...(instance.status !== 'Stopped' && quirks[call.product.name].showsRuntimeConfig
      ? [
          ['lxc.conf', { data: Buffer.from('lxc.log.level = warn\n'), modified: call.state.clock.now() }] as [
            string,
            LogFile,
          ],
        ]
      : []),
    ...(instance.logs ?? []),
  ];
  return all
    .filter(([name]) => name.startsWith(folder) && !name.slice(folder.length).includes('/'))
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

function list(folder: string) {
  return (call: Call): Response => {
    const found = findInstance(call, quirks[call.product.name].missingInstance);
    const files = filesIn(call, found, folder);
    if (folder !== '' && files.length === 0) throw missing(call, found, folder.replace(/\/$/, ''));
    return sync(files.map(([name]) => `/1.0/instances/${found.instance.name}/logs/${name}`));
  };
}

function missing({ product }: Call, found: Found, file: string, what: 'open' | 'remove' = 'open'): Refusal {
  const { missing } = quirks[product.name];
  const { logPath } = shared[product.name];
  return new Refusal(missing[what], `${what} ${logPath(folderOf(found), file)}: no such file or directory`);
}

/** The name of the request's file, if it can be one's at all. */
function fileOf(call: Call, folder: string): string {
  const name = call.param('file');
  const wanted = folder === '' ? quirks[call.product.name].names : /^exec_.*\.std(?:out|err)$/;
  if (wanted.test(name) && !name.includes('/')) return folder + name;
  const text =
    folder === ''
      ? quirks[call.product.name].badName
      : (given: string) => `Exec record-output file name "${given}" not valid`;
  throw new Refusal(400, text(name));
}

function tell(call: Call, { project, instance }: Found, action: string): void {
  // Under `backups`, as both servers have it.
  const path = ['instances', instance.name, 'backups', call.param('file')];
  call.state.lifecycle(project.name, `instance-log-${action}`, path);
}

function read(folder: string) {
  return (call: Call): Response => {
    const found = findLoaded(call);
    const name = fileOf(call, folder);
    tell(call, found, 'retrieved');
    const file = filesIn(call, found, folder).find(([one]) => one === name)?.[1];
    if (!file) throw missing(call, found, name);
    const headers = fileHeaders(call.param('file'), file.data, file.modified);
    return new Response(new Uint8Array(file.data), { headers });
  };
}

function remove(folder: string) {
  return (call: Call): Response => {
    const found = findLoaded(call);
    const name = fileOf(call, folder);
    if (quirks[call.product.name].kept.test(name)) throw new Refusal(400, quirks[call.product.name].isKept);
    if (!found.instance.logs?.delete(name)) throw missing(call, found, name, 'remove');
    tell(call, found, 'deleted');
    return done();
  };
}

/** The log files of an instance, below one of the paths that name it. */
export function logRoutes(path: string, { name: product }: Product): Route[] {
  const logs = `${path}/{name}/logs`;
  const { recordFolder: recorded } = shared[product];
  const records = recorded === '' ? [] : [`${logs}/${recorded.replace(/\/$/, '')}`];
  return [
    { path: logs, GET: list('') },
    ...records.flatMap((folder): Route[] => [
      { path: folder, GET: list(recorded) },
      { path: `${folder}/{file}`, GET: read(recorded), DELETE: remove(recorded) },
    ]),
    { path: `${logs}/{file}`, GET: read(''), DELETE: remove('') },
  ];
}
