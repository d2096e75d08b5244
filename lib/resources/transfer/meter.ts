import { tell } from '../../errors/index.js';
import type { Progress } from '../../operations/index.js';

/** Between two reports, in ms: a fast transfer has thousands of pieces in a second. */
const pause = 100;

/** Reports how far a transfer is, in the form of an operation's progress: now and then, and at its end. */
export class Meter {
  #bytes = 0;
  #told = -1;
  readonly #begun = performance.now();
  #reported = this.#begun;

  readonly #stage: string;
  readonly #total: number | undefined;
  readonly #onProgress: ((progress: Progress) => void) | undefined;

  /** `total` is the bytes to come, where they are known. */
  constructor(
    stage: string,
    total: number | undefined,
    onProgress: ((progress: Progress) => void) | undefined,
  ) {
    this.#stage = stage;
    this.#total = total;
    this.#onProgress = onProgress;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** There are so many bytes more. */
  add(bytes: number): void {
    this.reach(this.#bytes + bytes);
  }

  /** There are so many bytes now. */
  readonly reach = (bytes: number): void => {
    this.#bytes = bytes;
    if (bytes === this.#total || performance.now() - this.#reported >= pause) this.end();
  };

  /** That was all: reports it, if that has not been done. */
  end(): void {
    if (this.#onProgress && this.#told !== this.#bytes) this.#report(this.#onProgress);
  }

  #report(listener: (progress: Progress) => void): void {
    const now = performance.now();
    this.#reported = now;
    this.#told = this.#bytes;
    const speed = Math.round((this.#bytes * 1000) / Math.max(1, now - this.#begun));
    const percent = this.#total ? Math.min(100, (this.#bytes * 100) / this.#total) : undefined;
    const done = percent === undefined ? megabytes(this.#bytes) : `${String(Math.floor(percent))}%`;
    tell(listener, {
      stage: this.#stage,
      ...(percent === undefined ? {} : { percent }),
      bytes: this.#bytes,
      speed,
      text: `${this.#stage}: ${done} (${megabytes(speed)}/s)`,
    });
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)}MB`;
}
