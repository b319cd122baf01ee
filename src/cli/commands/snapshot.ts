import { InvalidRequestError } from '../../model/errors.js'
import { given } from '../../model/given.js'
import type { Flags } from '../command.js'
import type { Context } from '../context.js'
import { text } from '../flags.js'
import { renderTable } from '../render/table.js'

/** Names a state, drops a name, or lists the names there are. */
export async function run(context: Context, [name]: readonly string[], flags: Flags): Promise<number> {
  const isDrop = flags['drop'] === true
  const asOf = text(flags, 'asOf')
  if (name === undefined) {
    if (!isDrop && asOf === undefined) return list(context)
    throw new InvalidRequestError('the name of the snapshot is missing', {
      steps: ['ntrader data snapshot NAME', 'List the names there are: ntrader data snapshot'],
    })
  }
  if (isDrop && asOf !== undefined) {
    throw new InvalidRequestError('--drop takes a name away, and --as-of gives one', {
      steps: ['Leave out one of them.'],
    })
  }
  const catalog = await context.openCatalog()
  const { dryRun } = context.globals
  if (isDrop) {
    await catalog.dropSnapshot(name, { dryRun })
    await context.print({ name, dropped: !dryRun }, () => [
      `${name}: ${dryRun ? 'would be dropped' : 'dropped; the next vacuum may take what only it needed'}`,
    ])
    return 0
  }
  const snapshot = await catalog.snapshot(name, { dryRun, ...given('asOf', asOf) })
  await context.print(snapshot, () => [`${name}: ${dryRun ? 'would name ' : ''}${snapshot.asOf}`])
  return 0
}

async function list(context: Context): Promise<number> {
  const snapshots = await (await context.openCatalog()).snapshots()
  if (snapshots.length === 0) context.say('no snapshots: name one with ntrader data snapshot NAME')
  await context.print(snapshots, () =>
    snapshots.length === 0
      ? []
      : renderTable(
          [{ header: 'name' }, { header: 'version', canShrink: true }],
          snapshots.map((it) => [it.name, it.asOf]),
          context.terminal.out,
        ),
  )
  return 0
}
