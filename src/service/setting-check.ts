import { type Coverage, formatSetting, isStated, sameSetting, settingsOf } from '../catalog/coverage/coverage.js'
import { SettingsConflictError } from '../model/errors.js'
import { formatSeries, type Series } from '../model/series.js'
import type { HistoricalSource } from './historical-source.js'

const ANOTHER_PLACE: readonly string[] = [
  'Keep data of another setting in a catalog of its own: --catalog PATH',
  'Or replace the whole series: fetch it again with --refresh over its whole coverage.',
]

/**
 * Refuses before anything is asked what the write would refuse after it was paid for: data of another setting than that
 * of `standing`, the coverage that would stand beside it.
 *
 * @throws SettingsConflictError
 */
export function refuseOtherSetting(
  series: Series,
  source: HistoricalSource,
  standing: Coverage,
  steps: readonly string[] = ANOTHER_PLACE,
): void {
  const asks = source.settingOf(series)
  const other = settingsOf(standing).find((it) => isStated(asks) && !sameSetting(it, asks))
  if (other === undefined) return
  throw new SettingsConflictError(
    `${formatSeries(series)} holds data asked for with ${formatSetting(other)}; ${source.name} would ask with ${formatSetting(asks)}`,
    { steps },
  )
}
