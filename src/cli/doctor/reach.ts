import { connect } from 'node:net'

const TIMEOUT_MS = 1000

/** Whether something listens at a TCP address: `undefined` when it does, else the errno, or `TIMEOUT` after 1 s. */
export function reach(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: TIMEOUT_MS })
    const end = (outcome: string | undefined): void => {
      socket.destroy()
      resolve(outcome)
    }
    socket.on('connect', () => end(undefined))
    socket.on('timeout', () => end('TIMEOUT'))
    socket.on('error', (error) => end('code' in error && typeof error.code === 'string' ? error.code : error.message))
  })
}
