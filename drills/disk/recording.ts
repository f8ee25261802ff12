import { readFileSync } from "node:fs";

/** One thing that a program did, in the order of a recording. Paths are absolute. */
export type Step =
  | { readonly kind: "directory"; readonly path: string }
  /** Opened for writing, and made if it was not there. */
  | { readonly kind: "file"; readonly path: string; readonly emptied: boolean }
  | { readonly kind: "write"; readonly path: string; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly kind: "truncate"; readonly path: string; readonly size: number }
  | { readonly kind: "remove"; readonly path: string }
  | { readonly kind: "rename"; readonly path: string; readonly to: string }
  /** `began`: the length of the recording when the call was entered. Later writes are not covered by it. */
  | { readonly kind: "sync"; readonly path: string; readonly began: number }
  /** Bytes that left for somebody else: a socket or a pipe, named by the system. */
  | { readonly kind: "said"; readonly to: string; readonly text: string };

/** What the recorder must see. Calls that change a file in a way that it does not know end the reading with an error. */
export const recordedCalls: readonly string[] = [
  ...["open", "openat", "creat", "close", "mkdir", "mkdirat", "unlink", "unlinkat", "rmdir"],
  ...["rename", "renameat", "renameat2", "link", "linkat", "truncate", "ftruncate", "fallocate"],
  ...["write", "pwrite64", "writev", "pwritev", "pwritev2", "copy_file_range", "sendfile", "splice"],
  ...["fsync", "fdatasync", "sync_file_range", "syncfs", "msync", "io_uring_enter"],
  ...["sendto", "sendmsg", "sendmmsg"],
];

const line = /^(\d+) +(?:<\.\.\. (\w+) resumed>|(\w+)\()(.*)$/;
const ending = /\) += (-?\d+)(?:<[^>]*>)?(?: .*)?$/;
const quoted = /"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?/g;

/** Reads what `strace` wrote, for the files below `base`. The write-ahead index (`-shm`) need not survive, and is left out. */
export class Recording {
  readonly steps: Step[] = [];
  readonly #base: string;
  readonly #unfinished = new Map<string, { readonly text: string; readonly began: number }>();
  /** Where `write` goes on, by descriptor. */
  readonly #positions = new Map<string, number>();

  constructor(base: string) {
    this.#base = base;
  }

  /** Adds the calls of one more run. */
  read(file: string): void {
    const bytes = readFileSync(file);
    this.#unfinished.clear();
    this.#positions.clear();
    for (let from = 0; from < bytes.length; ) {
      const end = bytes.indexOf(10, from);
      const to = end < 0 ? bytes.length : end;
      this.#line(bytes.toString("latin1", from, to));
      from = to + 1;
    }
  }

  #line(text: string): void {
    const [, pid = "", resumed, called = "", rest = ""] = line.exec(text) ?? [];
    if (resumed !== undefined) {
      const begun = this.#unfinished.get(pid);
      this.#unfinished.delete(pid);
      if (begun !== undefined) this.#call(resumed, begun.text + rest, begun.began, true);
    } else if (rest.endsWith("<unfinished ...>")) {
      const args = rest.slice(0, -"<unfinished ...>".length);
      this.#unfinished.set(pid, { text: args, began: this.steps.length });
      // Whoever is written to may have it from now on.
      this.#said(called, args);
    } else if (called !== "") {
      this.#call(called, rest, this.steps.length, false);
    }
  }

  #call(name: string, rest: string, began: number, saidAlready: boolean): void {
    const [whole, result = "-1"] = ending.exec(rest) ?? [];
    if (whole === undefined || Number(result) < 0) return;
    const args = rest.slice(0, -whole.length);
    if (!saidAlready && this.#said(name, args)) return;
    const onPath = name.endsWith("at") || name === "renameat2" ? args.slice(args.indexOf(",") + 1) : args;
    const [first = "", second = ""] = strings(onPath);
    if (/^(open|openat|creat)$/.test(name)) this.#open(latin1(first), args, result);
    else if (name.startsWith("mkdir")) this.#add({ kind: "directory", path: latin1(first) });
    else if (name.startsWith("unlink") || name === "rmdir") this.#add({ kind: "remove", path: latin1(first) });
    else if (name.startsWith("rename")) this.#add({ kind: "rename", path: latin1(first), to: latin1(second) });
    else this.#onDescriptor(name, args, Number(result), began);
  }

  #open(path: string, args: string, descriptor: string): void {
    this.#positions.delete(descriptor);
    if (args.includes("O_CREAT")) this.#add({ kind: "file", path, emptied: args.includes("O_TRUNC") });
    else if (args.includes("O_TRUNC")) this.#add({ kind: "truncate", path, size: 0 });
  }

  #onDescriptor(name: string, args: string, result: number, began: number): void {
    const [, descriptor = "", target = ""] = /^(\d+)<([^>]*)>/.exec(args) ?? [];
    const path = plain(target);
    const last = Number(args.split(", ").at(-1));
    if (name === "close") {
      this.#positions.delete(descriptor);
    } else if (!this.#concerns(path)) {
      return;
    } else if (name === "fsync" || name === "fdatasync") {
      this.#add({ kind: "sync", path, began });
    } else if (name === "ftruncate") {
      this.#add({ kind: "truncate", path, size: last });
    } else if (name === "pwrite64") {
      this.#write(path, last, args, result);
    } else if (name === "write") {
      const offset = this.#positions.get(descriptor) ?? 0;
      this.#positions.set(descriptor, offset + result);
      this.#write(path, offset, args, result);
    } else {
      throw new Error(`The recorder does not know what ${name} does to ${path}.`);
    }
  }

  #write(path: string, offset: number, args: string, length: number): void {
    const [data = ""] = strings(args);
    const bytes = bytesOf(data).subarray(0, length);
    if (bytes.length !== length) throw new Error(`A write of ${length} bytes to ${path} was not recorded whole.`);
    this.#add({ kind: "write", path, offset, bytes });
  }

  /** Whether it was a call that speaks to somebody. */
  #said(name: string, args: string): boolean {
    if (!/^(write|writev|sendto|sendmsg|sendmmsg)$/.test(name)) return false;
    const to = plain(/^\d+<([^>]*)>/.exec(args)?.[1] ?? "");
    if (!/^(socket|pipe|UNIX|TCP)/.test(to)) return false;
    this.steps.push({ kind: "said", to, text: strings(args).map(latin1).join("") });
    return true;
  }

  #add(step: Exclude<Step, { kind: "said" }>): void {
    if (this.#concerns(step.path)) this.steps.push(step);
  }

  #concerns(path: string): boolean {
    const isBelow = path === this.#base || path.startsWith(`${this.#base}/`);
    return isBelow && !path.endsWith("-shm") && !path.endsWith("(deleted)");
  }
}

/** The quoted arguments, still as `\x2f\x74…`. */
function strings(args: string): readonly string[] {
  return [...args.matchAll(quoted)].map(([, text = "", cut]) => {
    if (cut !== undefined) throw new Error("The recorder was given only the beginning of what was written.");
    return text;
  });
}

function bytesOf(escaped: string): Uint8Array {
  return Buffer.from(escaped.replaceAll("\\x", ""), "hex");
}

function latin1(escaped: string): string {
  return Buffer.from(escaped.replaceAll("\\x", ""), "hex").toString("latin1");
}

/** A descriptor's name, which some versions write plainly and some in hexadecimal. */
function plain(name: string): string {
  return name.startsWith("\\x") ? latin1(name) : name;
}
