/** Does one thing after the other, in the order in which they were put in: messages, and at last the end of the stream. */
export class Inbox {
  readonly #jobs: (() => void | Promise<void>)[] = []
  #isBusy = false

  /** Done at once when nothing else waits. The job must not throw. */
  put(job: () => void | Promise<void>): void {
    this.#jobs.push(job)
    if (!this.#isBusy) void this.#drain()
  }

  async #drain(): Promise<void> {
    this.#isBusy = true
    for (let job = this.#jobs.shift(); job !== undefined; job = this.#jobs.shift()) {
      const pending = job()
      // Awaiting what is not pending would leave the packet's other messages to later turns.
      if (pending !== undefined) await pending
    }
    this.#isBusy = false
  }
}
