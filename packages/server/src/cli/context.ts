/** Where a command writes: `process.stdout` fits. What `write` returns is awaited where much is written. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** All that commands know of the process that they run in. */
export interface CliContext {
  /** Where a server on this machine keeps its data, and says how to reach it. */
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Ends what is under way: Ctrl-C. */
  readonly signal: AbortSignal;
  /** What a person types unseen after the prompt, or what comes through a pipe. */
  readSecret(prompt: string): Promise<string>;
  /** What a person types after the prompt; `""` where there is no terminal. */
  readLine(prompt: string): Promise<string>;
  /** Milliseconds since 1970. */
  now(): number;
}
