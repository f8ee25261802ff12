/** Milliseconds after which a file that does not come is asked for anew, when it is needed next. */
const patience = 60_000;

/** Throws where it cannot be had. */
export async function fetchFile(address: string): Promise<Blob> {
  const response = await fetch(address, { signal: AbortSignal.timeout(patience) });
  if (!response.ok) throw new Error(`${address} answered ${response.status}`);
  return response.blob();
}

/** Where a file is to be had that its creator uploaded. */
export function mediaAddress(file: string): string {
  return `/media/${encodeURIComponent(file)}`;
}
