import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Fault, NOTICES } from './faults.js'
import { type Message, noticeMessage } from './replies.js'
import { frameOf } from './wire.js'

/** Puts an answer on the wire, in the packets that the fault wants. */
export async function deliver(
  socket: Socket,
  messages: readonly Message[],
  fault: Fault | undefined,
  version: number,
): Promise<void> {
  const bytes = Buffer.concat(messages.map(frameOf))
  switch (fault?.kind) {
    case 'packets':
      return inPackets(socket, bytes, fault.bytes)
    case 'one-packet':
      return send(socket, Buffer.concat([frameOf(noticeMessage(NOTICES.historicalDataOk, version)), bytes]))
    case 'drop':
      await send(socket, bytes.subarray(0, Math.ceil(bytes.length / 2)))
      // A reset that comes together with data looks like an orderly end to a client in Node (libuv's partial reads).
      await sleep(MS_BEFORE_DROP)
      return hangUp(socket, fault.how)
    default:
      return send(socket, bytes)
  }
}

const MS_BEFORE_DROP = 20

/** Resolves when the bytes have left; a connection that is gone takes them without a word. */
async function send(socket: Socket, bytes: Buffer): Promise<void> {
  if (!socket.writable) return
  await new Promise<void>((resolve) => {
    socket.write(bytes, () => resolve())
  })
}

async function inPackets(socket: Socket, bytes: Buffer, size: number): Promise<void> {
  for (let at = 0; at < bytes.length; at += size) await send(socket, bytes.subarray(at, at + size))
}

/** Ends a connection: with a reset, or as one that has said all it has to say. */
export function hangUp(socket: Socket, how: 'rst' | 'fin'): void {
  if (how === 'rst') socket.resetAndDestroy()
  else socket.end(() => socket.destroySoon())
}
