/** What `/1.0/events` would send. */
export interface FakeEvent {
  type: 'lifecycle' | 'logging' | 'operation';
  timestamp: string;
  project: string;
  location: string;
  metadata: unknown;
}

/** Passes events on to whoever listens, in the order in which they come. */
export class EventBus {
  readonly #listeners = new Set<(event: FakeEvent) => void>();

  emit(event: FakeEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  /** Returns the function that ends it. */
  listen(listener: (event: FakeEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
