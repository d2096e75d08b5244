/** What a thing is created from: its name, and what is given of these properties; a list is only read. */
export type InputOf<M, K extends keyof M> = { name: string } & {
  [P in K]?: (M[P] extends (infer Item)[] ? readonly Item[] : M[P]) | undefined;
};
