/** The command line was not used as its help says: exit code 2. */
export class WrongUse extends Error {}

/** It did not work, and the message says why to a person: exit code 1. */
export class Failed extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A file that cannot be read or written, in words. */
export function fileFailed(path: string, fault: unknown): Failed {
  const { code, message } = fault as { code?: string; message?: string };
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: "there is no such file or directory",
    EACCES: "you may not",
    EISDIR: "it is a directory",
    ENOSPC: "the disk is full",
  };
  const why = reasons[code ?? ""] ?? message ?? String(fault);
  return new Failed("file_failed", `${path} cannot be used: ${why}.`, { cause: fault });
}
