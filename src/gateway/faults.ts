import type { Answer, GatewayNotice, Message, WireBar } from './replies.js'

/** What goes wrong with one request. Everything a real gateway was seen or feared to do to its clients. */
export type Fault =
  /** An error instead of the answer. `rejectJson` fills the field for rejected orders, which should be empty or JSON. */
  | { readonly kind: 'error'; readonly code: number; readonly text: string; readonly rejectJson?: string }
  /** A warning with the request's id, then the answer. */
  | { readonly kind: 'warning'; readonly code: number; readonly text: string }
  /** Nothing at all. */
  | { readonly kind: 'silence' }
  /** The answer, but later; with `despiteCancel` even when it was cancelled in between: it was on its way. */
  | { readonly kind: 'late'; readonly afterMs: number; readonly despiteCancel?: boolean }
  /** The same, as late as the test decides. */
  | { readonly kind: 'held'; readonly until: Promise<void>; readonly despiteCancel?: boolean }
  /** The connection ends after half of the answer. */
  | { readonly kind: 'drop'; readonly how: 'rst' | 'fin' }
  /** The count says more than there is. */
  | { readonly kind: 'truncated' }
  /** The answer in packets of so many bytes. */
  | { readonly kind: 'packets'; readonly bytes: number }
  /** A notice and the whole answer in one packet. */
  | { readonly kind: 'one-packet' }
  | { readonly kind: 'duplicate-bars' }
  | { readonly kind: 'shuffled-bars' }
  /** Each bar as the function makes it: a volume of 5e9, decimals, a price of −1. */
  | { readonly kind: 'changed-bars'; readonly change: (bar: WireBar, index: number) => WireBar }
  /** Bars, but none. */
  | { readonly kind: 'empty' }
  /** Ticks in two messages: only the second one says that this is all. */
  | { readonly kind: 'split-ticks' }
  /** A message of an id that nobody knows, then the answer. */
  | { readonly kind: 'unknown-message' }
  /**
   * 1100 while the request is under way. After `afterMs` the line is back (1102, or 1101 with data lost), if it comes
   * back. The request is answered then, or never, or at once with "no data", as gateways without a line do.
   */
  | {
      readonly kind: 'connectivity-lost'
      readonly answer: 'never' | 'after' | 'no-data'
      readonly restored?: { readonly code: 1101 | 1102; readonly afterMs: number }
    }
  /** 2105 (the historical data farm is broken), 2106 (it is OK) after a while, then the answer. */
  | { readonly kind: 'farm-lost'; readonly afterMs: number }
  /** 1300: the port was changed, and the connection ends. */
  | { readonly kind: 'port-reset' }
  /** 100: too many messages a second, and the connection ends. */
  | { readonly kind: 'rate-exceeded' }

/** The answer with its bars spoiled, for the faults that do so. */
export function spoilAnswer(answer: Answer, fault: Fault | undefined): Answer {
  if (fault === undefined || answer.kind !== 'bars') return answer
  const { bars } = answer
  switch (fault.kind) {
    case 'empty':
      return { ...answer, bars: [] }
    case 'duplicate-bars':
      return { ...answer, bars: bars.flatMap((it) => [it, it]) }
    case 'shuffled-bars':
      return { ...answer, bars: swapHalves(bars) }
    case 'changed-bars':
      return { ...answer, bars: bars.map(fault.change) }
    default:
      return answer
  }
}

/** Out of order, and the same way every time. */
function swapHalves<T>(items: readonly T[]): readonly T[] {
  const middle = Math.floor(items.length / 2)
  return [...items.slice(middle), ...items.slice(0, middle)]
}

/** The messages of an answer, spoiled for the faults that do so. */
export function spoilMessages(messages: readonly Message[], fault: Fault | undefined): readonly Message[] {
  if (fault?.kind === 'unknown-message') return [UNKNOWN_MESSAGE, ...messages]
  if (fault?.kind === 'split-ticks') return messages.flatMap(splitTicks)
  if (fault?.kind === 'truncated') return messages.map((it) => it.slice(0, Math.floor(it.length * KEPT_OF_TRUNCATED)))
  return messages
}

function splitTicks(message: Message): readonly Message[] {
  const [type, id, count] = message
  const size = FIELDS_OF_A_TICK.get(type)
  if (size === undefined) return [message]
  const half = Math.ceil(Number(count) / 2)
  const ticks = message.slice(3, -1)
  return [
    [type, id, half, ...ticks.slice(0, half * size), false],
    [type, id, Number(count) - half, ...ticks.slice(half * size), true],
  ]
}

const FIELDS_OF_A_TICK: ReadonlyMap<Message[number], number> = new Map([
  [96, 4],
  [97, 6],
  [98, 6],
])

const UNKNOWN_MESSAGE: Message = [9999, 1, 'nobody knows this message']
const KEPT_OF_TRUNCATED = 0.7

/** Whether the answer comes although it was cancelled. */
export function isDespiteCancel(fault: Fault | undefined): boolean {
  return (fault?.kind === 'late' || fault?.kind === 'held') && fault.despiteCancel === true
}

/** What a fault says in place of the answer, with the request's id. */
export function errorOf(fault: Fault | undefined): (GatewayNotice & { readonly rejectJson?: string }) | undefined {
  switch (fault?.kind) {
    case 'error':
      return fault
    case 'connectivity-lost':
      return fault.answer === 'no-data' ? NO_DATA : undefined
    default:
      return undefined
  }
}

const NO_DATA: GatewayNotice = {
  code: 162,
  text: 'Historical Market Data Service error message:HMDS query returned no data',
}

/** What TWS says at a break of the message rate, under no request's id. */
export const RATE_EXCEEDED: GatewayNotice = {
  code: 100,
  text: 'Max rate of messages per second has been exceeded:max=50 rec=51 (1)',
}

/** What a gateway says of its own accord. */
export const NOTICES = {
  marketDataOk: { code: 2104, text: 'Market data farm connection is OK:usfarm' },
  historicalDataOk: { code: 2106, text: 'HMDS data farm connection is OK:ushmds' },
  securityDefinitionOk: { code: 2158, text: 'Sec-def data farm connection is OK:secdefnj' },
  historicalDataBroken: { code: 2105, text: 'HMDS data farm connection is broken:ushmds' },
  connectivityLost: { code: 1100, text: 'Connectivity between IBKR and Trader Workstation has been lost.' },
  connectivityRestored: {
    1101: {
      code: 1101,
      text: 'Connectivity between IBKR and Trader Workstation has been restored - data lost. All data farms are connected: ushmds; usfarm.',
    },
    1102: {
      code: 1102,
      text: 'Connectivity between IBKR and Trader Workstation has been restored - data maintained. All data farms are connected: ushmds; usfarm.',
    },
  },
} as const satisfies Readonly<Record<string, GatewayNotice | Readonly<Record<number, GatewayNotice>>>>
