/** Below this many commits a replay is as fast as reading a checkpoint. */
export const CHECKPOINT_MIN_COMMITS = 50
/** A checkpoint is written again once the commits after it weigh this part of it: writing it costs by its length. */
const CHECKPOINT_PARTS = 10

/** What has been committed since the last checkpoint, or the last try to write one. */
export class Tail {
  checkpointBytes = 0
  #version = -1
  #commitBytes: number[] = []

  /** Whether both limits are passed: at least 50 commits, and a tenth of the checkpoint's bytes. */
  isDue(): boolean {
    if (this.#commitBytes.length < CHECKPOINT_MIN_COMMITS) return false
    const bytes = this.#commitBytes.reduce((sum, it) => sum + it, 0)
    return bytes * CHECKPOINT_PARTS >= this.checkpointBytes
  }

  add(commits: readonly { readonly sizeBytes: number }[]): void {
    for (const { sizeBytes } of commits) this.#commitBytes.push(sizeBytes)
  }

  /** Counts only the commits after `version`. */
  restartAfter(version: number): void {
    if (version <= this.#version) return
    this.#commitBytes.splice(0, version - this.#version)
    this.#version = version
  }
}
