import { serveJobs } from '../threads/serve-jobs.js'
import { type DecodedCheckpoint, decodeCheckpoint } from './checkpoint-decode.js'
import type { CheckpointJob } from './foreign-checkpoint.js'

/** The thread of `decodeForeignCheckpoint`. */
serveJobs<CheckpointJob, DecodedCheckpoint>(async ({ bytes, version, table, where }) => ({
  value: await decodeCheckpoint(bytes, version, table, where),
}))
