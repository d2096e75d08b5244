/** The property that has the last part of a key: most things have a name. */
export type KeyName = 'name' | 'listenAddress';

/** What a thing is created from: its name, and what is given of these properties; a list is only read. */
export type InputOf<M, K extends keyof M, Key extends KeyName = 'name'> = Record<Key, string> & {
  [P in K]?: (M[P] extends (infer Item)[] ? readonly Item[] : M[P]) | undefined;
};
