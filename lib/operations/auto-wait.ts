/** Its name; there is no such property. */
export declare const autoWait: unique symbol;

/** A mark for the compiler alone: a `T` of a client whose `autoWait` is `A`. */
export interface AutoWait<A extends boolean, T = unknown> {
  readonly [autoWait]: { readonly wait: A; readonly plain: T };
}

/** What a client with `autoWait: A` gives for a `T`: `WithAutoWait<Instance, false>`. By default it is `T` itself. */
export type WithAutoWait<T, A extends boolean> = [A] extends [true] ? T : T & AutoWait<A, T>;

/**
 * What `wait` is for the methods of `T` where a call does not say: true, or else the `autoWait` of its client. A method whose
 * signature has `this` in a default alone would keep that of its class, so it has it in the constraint as well.
 */
export type WaitOf<T> = T extends AutoWait<infer A> ? A : true;

/** What a `U` of the same client as `T` is. */
export type LikeOf<T, U> = T extends AutoWait<infer A> ? U & AutoWait<A, U> : U;

/** `T` without the mark. */
export type PlainOf<T> = T extends AutoWait<boolean, infer P> ? P : T;
