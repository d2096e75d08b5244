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

/** The same as JSON can hold it: bytes in Base64, entries as pairs. */
export type NodeJson = Attributes &
  (
    | { type: 'file'; data: string }
    | { type: 'directory'; entries: [name: string, node: NodeJson][] }
    | { type: 'symlink'; target: string }
  );

export function toJson(node: Node): NodeJson {
  if (node.type === 'file') return { ...node, data: node.data.toString('base64') };
  if (node.type === 'symlink') return { ...node };
  return { ...node, entries: [...node.entries].map(([name, one]) => [name, toJson(one)]) };
}

export function fromJson(node: NodeJson): Node {
  if (node.type === 'file') return { ...node, data: Buffer.from(node.data, 'base64') };
  if (node.type === 'symlink') return { ...node };
  return { ...node, entries: new Map(node.entries.map(([name, one]) => [name, fromJson(one)])) };
}

/** A directory with nothing in it. */
export function directory(mode = 0o755, modified = 0): DirectoryNode {
  return { type: 'directory', mode, uid: 0, gid: 0, modified, entries: new Map() };
}

/** A copy that shares nothing that changes; bytes are never changed in place. */
export function copyNode(node: Node): Node {
  if (node.type !== 'directory') return { ...node };
  return { ...node, entries: new Map([...node.entries].map(([name, one]) => [name, copyNode(one)])) };
}
