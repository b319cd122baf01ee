import { SourceRejectedError } from '../../model/errors.js'
import type { IbVolumeUnit } from './options.js'
import type { IbContract, IbLogin } from './transport/transport.js'

/** From this server version on the volume of US stocks comes in shares, before it in round lots. */
export const SHARES_SINCE_VERSION = 175

/**
 * Whether volumes are what they will be recorded as: a hundredth of it, taken for shares, would spoil the series.
 *
 * @throws SourceRejectedError for US stocks from a gateway that is too old to send shares
 */
export function refuseLots({ secType, currency }: IbContract, { serverVersion }: IbLogin, unit: IbVolumeUnit): void {
  const isUsStock = (secType === 'STK' || secType === 'FUND') && currency === 'USD'
  if (!isUsStock || unit === 'lots' || serverVersion >= SHARES_SINCE_VERSION) return
  throw new SourceRejectedError(
    `this gateway sends the volume of US stocks in lots of 100, not in shares (server version ${serverVersion})`,
    {
      steps: [
        'Update TWS or IB Gateway: 10.30 and newer send shares.',
        'Or keep lots, in a catalog of their own: ibkr.volumeUnit: lots',
      ],
    },
  )
}
