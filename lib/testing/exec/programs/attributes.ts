import type { Node } from '../../files/nodes.js';
import type { Task } from './program.js';

const types = { file: '-', directory: 'd', symlink: 'l' } as const;

/** `-rw-r--r--` */
export function modeText({ type, mode }: Node): string {
  const letters = Array.from('rwxrwxrwx', (letter, at) => (mode & (0o400 >> at) ? letter : '-')).join('');
  return types[type] + letters;
}

export function sizeOf(node: Node): number {
  if (node.type === 'file') return node.data.length;
  return node.type === 'symlink' ? Buffer.byteLength(node.target) : 4096;
}

/** The name that a file of the instance has for a number, or the number. */
export function nameOf(task: Task, kind: 'user' | 'group', id: number): string {
  const node = task.target(kind === 'user' ? '/etc/passwd' : '/etc/group');
  const lines = node?.type === 'file' ? node.data.toString().split('\n') : [];
  const line = lines.map((one) => one.split(':')).find((fields) => fields[2] === String(id));
  return line?.[0] ?? (id === 0 ? 'root' : String(id));
}
