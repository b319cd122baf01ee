/**
 * The simulated TWS / IB Gateway as a library: a gateway for the tests of programs that talk to Interactive Brokers.
 *
 * @module
 */
export { CatalogMarket } from './catalog-market.js'
export type { GatewayContract } from './contract.js'
export type { Fault } from './faults.js'
export type { SimGatewayOptions } from './house.js'
export type { GatewayBar, GatewayMarket, GatewayQuote, GatewayTrade } from './market.js'
export type { GatewayRequest } from './request.js'
export { SeededMarket } from './seeded-market.js'
export { SimGateway } from './sim-gateway.js'
