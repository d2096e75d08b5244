/** What a thing is created from: its name, and what is given of these properties. */
export type InputOf<M, K extends keyof M> = { name: string } & { [P in K]?: Given<M[P]> | undefined };

/** A list that is given is only read. */
type Given<T> = T extends (infer Item)[] ? readonly Item[] : T;
