import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Call } from './disk.mjs'

/** What a disk may hold after a power cut: every file and directory by its path. */
export type Tree = ReadonlyMap<string, Uint8Array | 'directory'>

interface FileNode {
  bytes: Uint8Array
  /** As of its last fsync; before the first one the disk may have nothing of it. */
  durable: Uint8Array
}

interface DirectoryNode {
  readonly names: Map<string, Node>
  /** As of its last fsync. */
  durable: Map<string, Node>
  /** Changes of names since then, in order: each may have reached the disk or not. */
  pending: Entry[]
}

type Node = FileNode | DirectoryNode

interface Entry {
  readonly name: string
  /** Absent: the name is taken away. */
  readonly node?: Node
  /** Of a rename, what must be on the disk when the old name has gone: a file system with a journal does both at once. */
  readonly needs?: Entry
  readonly owner: DirectoryNode
}

const EMPTY = new Uint8Array()

/**
 * A disk as POSIX promises it, and no better: what a file holds is safe once it was synced, a name once its directory
 * was. Everything since then may be there or not, each by itself and in any order; data that was not synced may also be
 * half there, or zeros. (ext4 and XFS promise more: a sync of one takes much of the rest with it.)
 */
export class PowerLossModel {
  readonly #root: DirectoryNode
  readonly #directories: DirectoryNode[] = []
  readonly #files: FileNode[] = []

  /** @param folder what is on the disk at first, all of it safe */
  constructor(folder: string) {
    this.#root = this.#load(folder)
  }

  apply(call: Call): void {
    if (call.isDone !== true) return
    const [owner, name] = this.#locate(call.path)
    const node = owner.names.get(name)
    switch (call.name) {
      case 'mkdir':
        this.#name(owner, name, this.#directory())
        break
      case 'create':
        this.#name(owner, name, this.#file(EMPTY, EMPTY))
        break
      case 'writeFile':
        if (isFile(node)) node.bytes = call.bytes ?? EMPTY
        else this.#name(owner, name, this.#file(call.bytes ?? EMPTY, EMPTY))
        break
      case 'link':
        this.#give(call.to ?? '', node)
        break
      case 'rename':
        this.#unname(owner, name, this.#give(call.to ?? '', node))
        break
      case 'unlink':
      case 'rmdir':
      case 'rm':
        this.#unname(owner, name)
        break
      case 'fsync':
      case 'fsyncDirectory':
        this.#sync(call.path === '' ? this.#root : node)
    }
  }

  /**
   * What the disk may hold if the power goes now: everything kept; all that is not safe lost; each single thing lost, or
   * alone kept; each file half there or zeros; and `more` mixtures by chance.
   */
  *trees(random: (below: number) => number, more: number): Generator<Tree> {
    const entries = this.#directories.flatMap((it) => it.pending)
    const files = this.#files.filter((it) => it.bytes !== it.durable)
    const items: readonly (Entry | FileNode)[] = [...entries, ...files]
    yield this.#tree(() => true, asWritten)
    yield this.#tree(() => false, asSynced)
    for (const lost of items) {
      yield this.#tree(
        (it) => it !== lost,
        (it) => (it === lost ? it.durable : it.bytes),
      )
      yield this.#tree(
        (it) => it === lost,
        (it) => (it === lost ? it.bytes : it.durable),
      )
    }
    for (const torn of files) {
      for (const tear of [half, zeros])
        yield this.#tree(
          () => true,
          (it) => (it === torn ? tear(it) : it.bytes),
        )
    }
    const contents = [asWritten, asSynced, half, zeros]
    for (let i = 0; i < more; i++) {
      const kept = new Set(entries.filter(() => random(2) === 0))
      const held = new Map(files.map((it) => [it, contents[random(contents.length)]?.(it) ?? EMPTY]))
      yield this.#tree(
        (it) => kept.has(it),
        (it) => held.get(it) ?? it.bytes,
      )
    }
  }

  #tree(isKept: (it: Entry) => boolean, contentOf: (it: FileNode) => Uint8Array): Tree {
    const tree = new Map<string, Uint8Array | 'directory'>()
    const stays = (it: Entry): boolean =>
      isKept(it) && (it.needs === undefined || !it.needs.owner.pending.includes(it.needs) || isKept(it.needs))
    const visit = (node: DirectoryNode, path: string): void => {
      const names = new Map(node.durable)
      for (const it of node.pending.filter(stays)) {
        if (it.node === undefined) names.delete(it.name)
        else names.set(it.name, it.node)
      }
      for (const [name, child] of names) {
        tree.set(
          path + name,
          isFile(child) ? (child.bytes === child.durable ? child.bytes : contentOf(child)) : 'directory',
        )
        if (!isFile(child)) visit(child, `${path}${name}/`)
      }
    }
    visit(this.#root, '')
    return tree
  }

  #sync(node: Node | undefined): void {
    if (node === undefined) return
    if (isFile(node)) {
      node.durable = node.bytes
      return
    }
    for (const { needs } of node.pending) if (needs !== undefined) settle(needs)
    node.durable = new Map(node.names)
    node.pending = []
  }

  #give(path: string, node: Node | undefined): Entry | undefined {
    if (node === undefined) return undefined
    const [owner, name] = this.#locate(path)
    this.#name(owner, name, node)
    return owner.pending.at(-1)
  }

  #name(owner: DirectoryNode, name: string, node: Node): void {
    owner.names.set(name, node)
    owner.pending.push({ owner, name, node })
  }

  #unname(owner: DirectoryNode, name: string, needs?: Entry): void {
    if (owner.names.delete(name)) owner.pending.push(needs === undefined ? { owner, name } : { owner, name, needs })
  }

  #locate(path: string): readonly [DirectoryNode, string] {
    const segments = path.split('/')
    let at = this.#root
    for (const segment of segments.slice(0, -1)) {
      const next = at.names.get(segment)
      if (next === undefined || isFile(next)) throw new Error(`the model has no directory ${segment} of ${path}`)
      at = next
    }
    return [at, segments.at(-1) as string]
  }

  #directory(): DirectoryNode {
    const node: DirectoryNode = { names: new Map(), durable: new Map(), pending: [] }
    this.#directories.push(node)
    return node
  }

  #file(bytes: Uint8Array, durable: Uint8Array): FileNode {
    const node = { bytes, durable }
    this.#files.push(node)
    return node
  }

  #load(folder: string): DirectoryNode {
    const node = this.#directory()
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      const bytes = entry.isDirectory() ? EMPTY : readFileSync(path)
      node.names.set(entry.name, entry.isDirectory() ? this.#load(path) : this.#file(bytes, bytes))
    }
    node.durable = new Map(node.names)
    return node
  }
}

function isFile(node: Node | undefined): node is FileNode {
  return node !== undefined && 'bytes' in node
}

function settle(entry: Entry): void {
  const { owner, name, node } = entry
  if (node === undefined || !owner.pending.includes(entry)) return
  owner.durable.set(name, node)
  owner.pending = owner.pending.filter((it) => it !== entry)
}

const asWritten = (it: FileNode): Uint8Array => it.bytes
const asSynced = (it: FileNode): Uint8Array => it.durable
const half = (it: FileNode): Uint8Array => it.bytes.subarray(0, it.bytes.length >> 1)
const zeros = (it: FileNode): Uint8Array => new Uint8Array(it.bytes.length)

/** Puts a tree into an empty folder. */
export function lay(tree: Tree, folder: string): void {
  for (const [path, content] of tree) {
    const full = join(folder, path)
    mkdirSync(content === 'directory' ? full : dirname(full), { recursive: true })
    if (content !== 'directory') writeFileSync(full, content)
  }
}
