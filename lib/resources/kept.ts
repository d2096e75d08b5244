import type { Session } from '../rest/session.js';

/** What a client keeps: its session, and what was made of that. */
interface Keeper {
  session: Session;
  made: Map<string, unknown>;
}

const keepers = new WeakMap<object, Keeper>();

/** Lets `@kept()` make things of this session for a client. */
export function keepFor(client: object, session: Session): void {
  keepers.set(client, { session, made: new Map() });
}

/** Of a property of this type. */
type Declares<T> = <K extends string>(target: Readonly<Record<K, T>>, name: K) => void;

/** Declares what a client has one of: it is made when it is first asked for, and the same object ever after. */
export function kept<T>(make: (session: Session) => T): Declares<T> {
  return (target, name) => {
    Object.defineProperty(target, name, {
      get(this: object) {
        const keeper = keepers.get(this);
        if (keeper && !keeper.made.has(name)) keeper.made.set(name, make(keeper.session));
        return keeper?.made.get(name);
      },
      configurable: true,
    });
  };
}
