import type { CommandGroup } from './command.js'

export const GATEWAY: CommandGroup = {
  name: 'gateway',
  summary: 'a simulated IB Gateway to try everything without an account, and probes for a live one',
  commands: [
    {
      usage: 'sim [command...]',
      summary: 'serve simulated or stored data as IB Gateway would: until interrupted, or for a command',
      options: [
        {
          flags: '--port <port>',
          text: "where to listen (default: 4102, which is none of IB's own ports; 0: any free one)",
        },
        { flags: '--host <host>', text: 'address to listen on (default: 127.0.0.1, this machine alone)' },
        { flags: '--seed <number>', text: 'another simulated market for every number (default: 1)' },
        {
          flags: '--serve <catalog>',
          text: 'serve the bars and ticks of this catalog, read only, instead of a market',
        },
        {
          flags: '--pacing <mode>',
          text: "off (default), documented (IB's published limits) or strict (the same for every bar size)",
        },
        { flags: '--time-scale <n>', text: 'make the windows of the limits so many times shorter (default: 1)' },
        { flags: '--client-version-max <n>', text: 'newest protocol version to speak, 151 to 193 (default: 193)' },
      ],
      load: () => import('./commands/gateway-sim.js'),
    },
    {
      usage: 'probe',
      summary: 'ask a live gateway what could not be known while this was built, and write a report',
      options: [
        { flags: '--ibkr-host <host>', text: 'where TWS or IB Gateway runs (default: 127.0.0.1)' },
        { flags: '--ibkr-port <port>', text: 'gateway 4001 live, 4002 paper (default); TWS 7496, 7497' },
        { flags: '--ibkr-client-id <id>', text: 'one for each connected program (default: 1)' },
        { flags: '-o, --output <file>', text: 'where to write the report (default: ibkr-probe.md)' },
        { flags: '--hard', text: 'also what may cost a pause of ten minutes' },
      ],
      load: () => import('./commands/gateway-probe.js'),
    },
  ],
}
