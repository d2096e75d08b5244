/** What may be done with something in a file system, and whose it is. */
export interface Attributes {
  mode: number;
  uid: number;
  gid: number;
  /** Milliseconds since 1970. */
  modified: number;
}

export interface FileNode extends Attributes {
  type: 'file';
  data: Buffer;
}

export interface DirectoryNode extends Attributes {
  type: 'directory';
  entries: Map<string, Node>;
}

export interface LinkNode extends Attributes {
  type: 'symlink';
  target: string;
}

/** Something in a file system. */
export type Node = FileNode | DirectoryNode | LinkNode;

/** A directory with nothing in it. */
export function directory(mode = 0o755, modified = 0): DirectoryNode {
  return { type: 'directory', mode, uid: 0, gid: 0, modified, entries: new Map() };
}

/** A copy that shares nothing that changes; bytes are never changed in place. */
export function copyNode(node: Node): Node {
  if (node.type !== 'directory') return { ...node };
  return { ...node, entries: new Map([...node.entries].map(([name, one]) => [name, copyNode(one)])) };
}
