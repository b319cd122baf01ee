import fs from 'node:fs'
import promises from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { join, relative, sep } from 'node:path'

/**
 * Stands between this process and its disk. Every call of node:fs that names a path in a watched folder, whoever makes
 * it (the storage layer, the library of its lock), is told to a plan, which lets it pass, refuses it, or ends the
 * process in front of it, in the middle of it or behind it. Calls of one folder are made one at a time, so that the same
 * work is the same sequence of calls.
 *
 * Nothing is left out by construction: a function of node:fs that is not known here and touches a watched folder is
 * noted in `unknown`, which must stay empty.
 *
 * Import it before anything that copies functions out of node:fs (graceful-fs does).
 *
 * @module
 */

const READS = ['readFile', 'exists', 'readdir', 'stat', 'lstat', 'access', 'readlink', 'realpath']
const CHANGES = ['mkdir', 'rmdir', 'unlink', 'rm', 'utimes', 'link', 'rename', 'writeFile']
const KNOWN = new Set([...READS, ...CHANGES])
const IS_CHANGE = new Set([...CHANGES, 'create', 'fsync', 'fsyncDirectory'])

const real = { ...fs }
const watches = new Map()
/** Above 0 while a call runs that may use other functions of node:fs for its work. */
let depth = 0

/** What a call that is made after the crash ends with, where it cannot just never return. */
class Crashed extends Error {
  constructor() {
    super('the process has ended here')
  }
}

class Watch {
  calls = 0
  changes = 0
  isFrozen = false
  unknown = []
  lane = Promise.resolve()
  handles = new Set()

  constructor(folder, plan, kill) {
    this.folder = folder
    this.plan = plan
    this.kill = kill
    this.crashed = new Promise((resolve) => {
      this.onCrash = resolve
    })
  }

  /** From now on nothing of this process reaches the folder any more. */
  crash() {
    this.kill?.()
    this.isFrozen = true
    this.onCrash()
  }

  /** Waits for the calls that were on their way; what the process held open is closed, as the system would. */
  async idle() {
    await this.lane
    for (const handle of this.handles) await handle.close().catch(() => undefined)
  }

  unwatch() {
    watches.delete(this.folder)
  }

  judge(name, path, more) {
    const isChange = IS_CHANGE.has(name)
    this.calls++
    if (isChange) this.changes++
    const call = { ...more, name, path: this.inside(path), isChange, number: this.calls, change: this.changes }
    if (more.to !== undefined) call.to = this.inside(more.to)
    return { call, verdict: this.plan(call) }
  }

  inside(path) {
    return relative(this.folder, path).replaceAll(sep, '/')
  }
}

/** Watches a folder, which need not be there yet. */
export function watch(folder, plan, kill) {
  const it = new Watch(folder, plan, kill)
  watches.set(folder, it)
  return it
}

function watchOf(...paths) {
  if (depth > 0 || watches.size === 0) return undefined
  for (const path of paths) {
    for (let at = typeof path === 'string' ? path : ''; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf(sep)))) {
      const it = watches.get(at)
      if (it !== undefined) return it
    }
  }
  return undefined
}

function refusal(errno, name, path) {
  return Object.assign(new Error(`${errno}: refused by the test, ${name} '${path}'`), {
    code: errno,
    syscall: name,
    path,
  })
}

/** One call that answers later. `tear` does half of it. */
function admit(it, name, path, more, perform, tear) {
  const step = async () => {
    if (it.isFrozen) return undefined
    const { call, verdict } = it.judge(name, path, more)
    if (verdict === 'crash before') return it.crash()
    if (verdict === 'crash torn') {
      unwatched(tear)
      return it.crash()
    }
    if (verdict === 'skip') return undefined
    if (verdict !== undefined && verdict !== 'crash after') {
      // What is refused still gives its file back: the test must not run out of them.
      if (name === 'close') await perform()
      throw refusal(verdict, name, path)
    }
    try {
      const result = await perform()
      call.isDone = true
      return result
    } finally {
      if (verdict === 'crash after') it.crash()
    }
  }
  const done = it.lane.then(step)
  it.lane = done.catch(() => undefined)
  const unlessFrozen = (go) => (value) => (it.isFrozen ? new Promise(() => undefined) : go(value))
  return done.then(
    unlessFrozen((value) => value),
    unlessFrozen((error) => {
      throw error
    }),
  )
}

/** One call that answers at once. */
function admitSync(it, name, path, more, perform, tear) {
  if (it.isFrozen) throw new Crashed()
  const { call, verdict } = it.judge(name, path, more)
  if (verdict === 'skip') return undefined
  if (verdict === 'crash before' || verdict === 'crash torn') {
    if (verdict === 'crash torn') unwatched(tear)
    it.crash()
    throw new Crashed()
  }
  if (verdict !== undefined && verdict !== 'crash after') {
    // As Node does: it has no way to say so.
    if (name === 'exists') return false
    throw refusal(verdict, name, path)
  }
  try {
    const result = unwatched(perform)
    call.isDone = true
    if (verdict !== 'crash after') return result
  } finally {
    if (verdict === 'crash after') it.crash()
  }
  throw new Crashed()
}

/** Work that answers at once and that no plan is told of: the test's own, also in the folder of a process that ended. */
export function unwatched(work) {
  depth++
  try {
    return work?.()
  } finally {
    depth--
  }
}

function half(data) {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data
  return bytes.subarray(0, bytes.length >> 1)
}

/**
 * Half of a call. Of a link or a rename there is no half on a sound file system: this one puts half the file there, or
 * half the files of a directory.
 */
function tearOf(name, [path, data, ...rest]) {
  if (name === 'writeFile') return () => real.writeFileSync(path, half(data), ...rest)
  if (name === 'link' || name === 'rename') return () => moveHalf(path, data)
  return undefined
}

function moveHalf(from, to) {
  if (!real.statSync(from).isDirectory()) return real.writeFileSync(to, half(real.readFileSync(from)))
  real.mkdirSync(to)
  const names = real.readdirSync(from)
  for (const name of names.slice(0, names.length >> 1)) real.renameSync(join(from, name), join(to, name))
}

/** What a plan is told besides name and path. */
function detailsOf(name, args) {
  if (name === 'link' || name === 'rename') return { to: args[1] }
  return name === 'writeFile' ? { bytes: Buffer.from(args[1]) } : {}
}

/** Files that are open by number: what is done with the number is done with the path. */
const descriptors = new Map()

const { O_WRONLY, O_RDWR, O_CREAT } = fs.constants

function wrapOpenSync(original) {
  return (path, flags = 'r', ...rest) => {
    const it = watchOf(path)
    if (it === undefined) return original(path, flags, ...rest)
    const isChange = typeof flags === 'number' ? (flags & (O_WRONLY | O_RDWR | O_CREAT)) !== 0 : /[wa+]/.test(flags)
    const open = () => {
      const descriptor = original(path, flags, ...rest)
      descriptors.set(descriptor, { it, path })
      return descriptor
    }
    return admitSync(it, isChange ? 'create' : 'open', path, { flags }, open)
  }
}

function wrapCloseSync(original) {
  return (descriptor) => {
    const opened = descriptors.get(descriptor)
    if (opened === undefined) return original(descriptor)
    descriptors.delete(descriptor)
    try {
      return admitSync(opened.it, 'close', opened.path, {}, () => undefined)
    } finally {
      // What is refused still gives its file back: the test must not run out of them.
      original(descriptor)
    }
  }
}

function wrapSync(name, original) {
  return (...args) => {
    const opened = descriptors.get(args[0])
    if (opened !== undefined) {
      const tear = name === 'writeFile' ? () => real.writeSync(args[0], half(args[1])) : undefined
      return admitSync(opened.it, name, opened.path, detailsOf(name, args), () => original(...args), tear)
    }
    const it = watchOf(args[0], args[1])
    if (it === undefined) return original(...args)
    return admitSync(it, name, args[0], detailsOf(name, args), () => original(...args), tearOf(name, args))
  }
}

function wrapPromise(name, original) {
  return (...args) => {
    const it = watchOf(args[0], args[1])
    if (it === undefined) return original(...args)
    return admit(it, name, args[0], detailsOf(name, args), () => original(...args), tearOf(name, args))
  }
}

function wrapCallback(name, original, promised) {
  return (...args) => {
    const it = watchOf(args[0], args[1])
    const done = args.at(-1)
    if (it === undefined || typeof done !== 'function') return original(...args)
    const given = args.slice(0, -1)
    const answer = (error, value) => setImmediate(done, error, value)
    admit(it, name, given[0], detailsOf(name, given), () => promised(...given)).then(
      (value) => answer(null, value),
      (error) => answer(error),
    )
  }
}

/** Half the functions of node:fs take a descriptor: those are reached through `open` alone. */
function wrapUnknown(name, original) {
  return (...args) => {
    watchOf(args[0], args[1])?.unknown.push(name)
    return original(...args)
  }
}

function wrapOpen(original) {
  return async (path, flags = 'r', ...rest) => {
    const it = watchOf(path)
    if (it === undefined) return original(path, flags, ...rest)
    const name = /[wa]/.test(flags) ? 'create' : 'open'
    const handle = await admit(it, name, path, { flags }, async () => {
      const opened = await original(path, flags, ...rest)
      it.handles.add(opened)
      return opened
    })
    return wrapHandle(it, handle, path, flags)
  }
}

function wrapHandle(it, handle, path, flags) {
  const call = (name, more, perform, tear) => admit(it, name, path, more, perform, tear)
  const sync = () => call(flags === 'r' ? 'fsyncDirectory' : 'fsync', {}, () => handle.sync())
  const write = (data, ...rest) => {
    const tear = () => real.writeSync(handle.fd, half(data))
    return call('writeFile', { bytes: Buffer.from(data) }, () => handle.writeFile(data, ...rest), tear)
  }
  const methods = {
    sync,
    datasync: sync,
    writeFile: write,
    write: (text, position) => call('writeFile', { bytes: Buffer.from(text) }, () => handle.write(text, position)),
    readFile: (...args) => call('readFile', {}, () => handle.readFile(...args)),
    close: () =>
      call('close', {}, () => {
        it.handles.delete(handle)
        return handle.close()
      }),
  }
  return new Proxy(handle, {
    get(target, name) {
      if (Object.hasOwn(methods, name)) return methods[name]
      const value = target[name]
      if (typeof value !== 'function') return value
      return (...args) => {
        it.unknown.push(`handle.${String(name)}`)
        return value.apply(target, args)
      }
    },
  })
}

function replace(owner, name, wrapper) {
  const original = owner[name]
  owner[name] = Object.defineProperties(wrapper, Object.getOwnPropertyDescriptors(original))
}

for (const name of Object.keys(real)) {
  const original = real[name]
  if (typeof original !== 'function' || /^[A-Z_]/.test(name)) continue
  const plain = name.replace(/Sync$/, '')
  if (name === 'openSync') replace(fs, name, wrapOpenSync(original))
  else if (name === 'closeSync') replace(fs, name, wrapCloseSync(original))
  else if (!KNOWN.has(plain)) replace(fs, name, wrapUnknown(name, original))
  else if (plain !== name) replace(fs, name, wrapSync(plain, original))
  else if (name === 'exists') replace(fs, name, wrapUnknown(name, original))
  else replace(fs, name, wrapCallback(name, original, promises[name].bind(promises)))
}
fs.realpathSync.native = wrapSync('realpath', real.realpathSync.native)
for (const name of Object.keys(promises)) {
  const original = promises[name]
  if (typeof original !== 'function') continue
  if (name === 'open') replace(promises, name, wrapOpen(original))
  else replace(promises, name, KNOWN.has(name) ? wrapPromise(name, original) : wrapUnknown(name, original))
}
syncBuiltinESMExports()
