import type { DataAsk } from '../request.js'
import { answerBars } from './answer-bars.js'
import { answerContracts } from './answer-contracts.js'
import { answerHead } from './answer-head.js'
import { answerSchedule } from './answer-schedule.js'
import { answerTicks } from './answer-ticks.js'
import type { Desk, Reply } from './desk.js'

/** @throws GatewayRefusal */
export async function answer(ask: DataAsk, desk: Desk): Promise<Reply> {
  switch (ask.kind) {
    case 'contract-details':
      return answerContracts(ask.contract, desk)
    case 'head-timestamp':
      return answerHead(ask, desk)
    case 'historical-ticks':
      return answerTicks(ask, desk)
    case 'historical-data':
      return ask.whatToShow === 'SCHEDULE' ? answerSchedule(ask, desk) : answerBars(ask, desk)
  }
}
