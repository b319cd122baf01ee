import { homedir, tmpdir } from 'node:os'
import { isAbsolute, join } from 'node:path'

/** What of this machine says where its user's state belongs. */
export interface UserPlace {
  readonly platform: NodeJS.Platform
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly home: string
}

/**
 * Where the product keeps what it must remember for this user from one run to the next, whichever catalog is open: as
 * the platform has it (XDG base directories, Apple's and Microsoft's guides).
 */
export function userStateDirectory(place: UserPlace = thisPlace()): string {
  const { platform, environment, home } = place
  const xdg = environment['XDG_STATE_HOME']
  // The specification has relative paths ignored.
  if (xdg !== undefined && isAbsolute(xdg)) return join(xdg, 'ntrader')
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'ntrader')
  if (platform !== 'win32') return join(home, '.local', 'state', 'ntrader')
  return join(environment['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'ntrader')
}

function thisPlace(): UserPlace {
  return { platform: process.platform, environment: process.env, home: homeOrElse() }
}

function homeOrElse(): string {
  try {
    return homedir()
  } catch {
    // A user without an entry and without HOME, as containers start them.
    return tmpdir()
  }
}
