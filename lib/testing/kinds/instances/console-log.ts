import type { Call } from '../../http/call.js';
import { done } from '../../http/reply.js';
import { Refusal } from '../../state/refusal.js';
import { fileHeaders } from '../files.js';
import { findInstance, findLoaded, folderOf, type Found } from './find.js';
import { quirks } from './quirks.js';

/** Where the servers keep it while the instance is stopped. */
function fileOf({ product }: Call, found: Found): string {
  return quirks[product.name].logPath(folderOf(found), 'console.log');
}

/** GET: what was shown since the last time, or all of it once the instance has stopped. */
function read(call: Call): Response {
  const { product, state } = call;
  const wanted = call.target.query.get('type') ?? '';
  const hasTypes = product.extensions.includes('instance_console_screenshot');
  if (hasTypes && !['', 'log', 'vga'].includes(wanted))
    throw new Refusal(500, `Invalid value for type parameter: ${wanted}`);
  const found = findInstance(call);
  const { project, instance } = found;
  if (!hasTypes && instance.type !== 'container') throw noContainer();
  const isUp = instance.status !== 'Stopped';
  const path = isUp ? '' : fileOf(call, found);
  const log = isUp ? instance.console?.read() : instance.console?.readFile();
  if (!log || (isUp && log.length === 0)) {
    // Incus takes it for an empty one.
    if (product.name === 'lxd') throw new Refusal(500, `open ${path}: no such file or directory`);
    return new Response('', { headers: { 'content-type': 'application/json', 'content-length': '0' } });
  }
  if (isUp) state.lifecycle(project.name, 'instance-console-retrieved', ['instances', instance.name]);
  return new Response(new Uint8Array(log), { headers: fileHeaders(path, log, state.clock.now()) });
}

/** DELETE: of what runs, only what nobody has read yet. */
function reset(call: Call): Response {
  const found = findLoaded(call);
  const { project, instance } = found;
  if (instance.type !== 'container') throw noContainer();
  if (instance.status === 'Stopped') {
    if (!instance.console) throw new Refusal(404, `stat ${fileOf(call, found)}: no such file or directory`);
    instance.console.emptyFile();
    return done();
  }
  instance.console?.read();
  call.state.lifecycle(project.name, 'instance-console-reset', ['instances', instance.name]);
  return done();
}

function noContainer(): Refusal {
  return new Refusal(500, 'Instance is not container type');
}

/** The log of a console. */
export const consoleLogHandlers = { GET: read, DELETE: reset };
