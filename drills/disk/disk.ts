import { dirname } from "node:path";
import type { Random } from "../../packages/server/test/random.ts";
import type { Step } from "./recording.ts";

/** What may have happened to the changes that were not synced when the power went. */
export const losses = ["all lost", "none lost", "a prefix", "some calls", "some sectors", "torn sectors"] as const;
export type Loss = (typeof losses)[number];

/** A directory tree as somebody finds it afterwards. */
export interface Found {
  readonly directories: readonly string[];
  readonly files: ReadonlyMap<string, Uint8Array>;
}

type Change =
  | { readonly at: number; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly at: number; readonly size: number };

/** A file's content, whatever its name is. */
interface Inode {
  readonly isDirectory: boolean;
  content: Content;
  unsynced: Change[];
}

/** A change of a directory's entries: `undefined` takes the name away. */
interface Naming {
  readonly at: number;
  readonly path: string;
  readonly inode: Inode | undefined;
}

const sector = 512;

/**
 * A disk that promises only what POSIX does: a file's content is there after its own `fsync`, its name after that of its
 * directory, and anything else may be there, or not, or in part, in whatever order.
 */
export class Disk {
  /** What programs see. */
  readonly #names = new Map<string, Inode>();
  readonly #durableNames = new Map<string, Inode>();
  readonly #base: string;
  #namings: Naming[] = [];
  #steps = 0;

  /** Everything up to `base` itself is there for good. */
  constructor(base: string) {
    this.#base = base;
  }

  /** The next step of a recording. */
  take(step: Step): void {
    const at = this.#steps++;
    if (step.kind === "said") return;
    const inode = this.#names.get(step.path);
    switch (step.kind) {
      case "directory":
      case "file":
        if (inode === undefined) this.#name(at, step.path, newInode(step.kind === "directory"));
        else if (step.kind === "file" && step.emptied) inode.unsynced.push({ at, size: 0 });
        return;
      case "remove":
        this.#name(at, step.path, undefined);
        return;
      case "rename":
        this.#name(at, step.path, undefined);
        this.#name(at, step.to, inode);
        return;
      case "sync":
        this.#sync(step.path, inode, step.began);
        return;
      case "write":
        known(inode, step.path).unsynced.push({ at, offset: step.offset, bytes: step.bytes });
        return;
      case "truncate":
        known(inode, step.path).unsynced.push({ at, size: step.size });
        return;
    }
  }

  /** How many changes of this file no sync has covered yet. */
  unsyncedOf(path: string): number {
    const names = this.#namings.filter((naming) => naming.path === path).length;
    return names + (this.#names.get(path)?.unsynced.length ?? 0);
  }

  /** Whether this file would be found, with this content, however badly the power went now. */
  isDurable(path: string): boolean {
    const inode = this.#names.get(path);
    if (inode === undefined) return !this.#durableNames.has(path);
    if (inode.unsynced.length > 0) return false;
    for (let name = path; name !== this.#base; name = dirname(name)) {
      if (this.#durableNames.get(name) !== this.#names.get(name)) return false;
    }
    return true;
  }

  /** The tree after the power went at this moment. */
  cut(loss: Loss, random: Random): Found {
    const first = this.#firstUnsynced();
    const last = first + random.below(this.#steps - first + 1);
    const survives = (at: number): boolean => {
      if (loss === "all lost") return false;
      if (loss === "none lost") return true;
      return loss === "a prefix" ? at <= last : random.chance(0.5);
    };
    const names = new Map(this.#durableNames);
    for (const naming of this.#namings) if (survives(naming.at)) rename(names, naming);
    const directories: string[] = [];
    const files = new Map<string, Uint8Array>();
    for (const [path, inode] of names) {
      if (!this.#isReachable(path, names)) continue;
      if (inode.isDirectory) directories.push(path);
      else files.set(path, afterCut(inode, loss, survives, last, random));
    }
    return { directories: directories.sort(), files };
  }

  #firstUnsynced(): number {
    const first = [...this.#names.values()].map(({ unsynced }) => unsynced[0]?.at ?? this.#steps);
    return Math.min(this.#steps, this.#namings[0]?.at ?? this.#steps, ...first);
  }

  #isReachable(path: string, names: ReadonlyMap<string, Inode>): boolean {
    for (let parent = dirname(path); parent !== this.#base; parent = dirname(parent)) {
      if (!names.has(parent)) return false;
    }
    return true;
  }

  #name(at: number, path: string, inode: Inode | undefined): void {
    const naming = { at, path, inode };
    rename(this.#names, naming);
    this.#namings.push(naming);
  }

  #sync(path: string, inode: Inode | undefined, began: number): void {
    if (inode !== undefined) {
      for (const change of inode.unsynced) if (change.at < began) inode.content.apply(change);
      inode.unsynced = inode.unsynced.filter(({ at }) => at >= began);
    }
    // A directory's own sync keeps its entries.
    const covered = (naming: Naming) => dirname(naming.path) === path && naming.at < began;
    for (const naming of this.#namings) if (covered(naming)) rename(this.#durableNames, naming);
    this.#namings = this.#namings.filter((naming) => !covered(naming));
  }
}

function rename(names: Map<string, Inode>, { path, inode }: Naming): void {
  if (inode === undefined) names.delete(path);
  else names.set(path, inode);
}

function newInode(isDirectory: boolean): Inode {
  return { isDirectory, content: new Content(), unsynced: [] };
}

function known(inode: Inode | undefined, path: string): Inode {
  if (inode === undefined) throw new Error(`${path} was written to, and the recorder has not seen it made.`);
  return inode;
}

/** A file as the disk may hold it: of the changes since its last sync, those that `loss` leaves. */
function afterCut(
  inode: Inode,
  loss: Loss,
  survives: (at: number) => boolean,
  last: number,
  random: Random,
): Uint8Array {
  const content = inode.content.copy();
  const before = content.size;
  for (const change of inode.unsynced) {
    const bySectors = "bytes" in change && (loss === "some sectors" || loss === "torn sectors");
    if (!bySectors) {
      if (!survives(change.at)) continue;
      const torn = loss === "a prefix" && "bytes" in change && change.at === last;
      content.apply(
        torn ? { ...change, bytes: change.bytes.subarray(0, random.below(change.bytes.length + 1)) } : change,
      );
      continue;
    }
    for (const piece of sectorsOf(change))
      if (random.chance(0.5)) content.apply(loss === "torn sectors" ? torn(piece, random) : piece);
  }
  // The length may have reached the disk before what it makes room for: then anything is there.
  if (loss === "torn sectors" && content.size > before && random.chance(0.5)) content.spoilHoles(before, random);
  return content.bytes();
}

interface Piece {
  readonly at: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

function* sectorsOf({ at, offset, bytes }: Piece): Generator<Piece> {
  for (let from = 0; from < bytes.length; ) {
    const to = Math.min(bytes.length, from + sector - ((offset + from) % sector));
    yield { at, offset: offset + from, bytes: bytes.subarray(from, to) };
    from = to;
  }
}

/** Its beginning or its end only. */
function torn({ at, offset, bytes }: Piece, random: Random): Piece {
  const middle = random.below(bytes.length + 1);
  if (random.chance(0.5)) return { at, offset, bytes: bytes.subarray(0, middle) };
  return { at, offset: offset + middle, bytes: bytes.subarray(middle) };
}

class Content {
  #bytes = new Uint8Array(0);
  size = 0;

  copy(): Content {
    const copy = new Content();
    copy.#bytes = this.#bytes.slice(0, this.size);
    copy.size = this.size;
    return copy;
  }

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.size);
  }

  apply(change: Change): void {
    if ("size" in change) {
      this.#resize(change.size);
      return;
    }
    const end = change.offset + change.bytes.length;
    if (end > this.size) this.#resize(end);
    this.#bytes.set(change.bytes, change.offset);
  }

  /** What was never written beyond `from` reads as zeros; a disk may give anything else. */
  spoilHoles(from: number, random: Random): void {
    for (let at = from; at + 16 <= this.size; at += 16) {
      const hole = this.#bytes.subarray(at, at + 16);
      if (hole.every((byte) => byte === 0)) hole.fill(random.below(256));
    }
  }

  #resize(size: number): void {
    if (size > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(size, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, this.size));
      this.#bytes = larger;
    } else if (size < this.size) {
      this.#bytes.fill(0, size, this.size);
    }
    this.size = size;
  }
}
