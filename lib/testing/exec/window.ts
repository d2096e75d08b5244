/** The size of a terminal, in characters. */
export interface WindowSize {
  readonly columns: number;
  readonly rows: number;
}

/** The window of a terminal, and who is told when its size changes. */
export class Window {
  size: WindowSize = { columns: 80, rows: 24 };
  readonly #listeners: ((size: WindowSize) => void)[] = [];

  // Handlers take apart what hands this on, so it must not need its `this`.
  readonly onResize = (listener: (size: WindowSize) => void): void => {
    this.#listeners.push(listener);
  };

  resize(columns: number, rows: number): void {
    this.size = { columns, rows };
    for (const listener of this.#listeners) listener(this.size);
  }
}
