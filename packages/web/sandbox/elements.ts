export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`There is no #${id}.`);
  return found as T;
}

/** Says in `place` what came of `work`, or why nothing did. */
export async function report(place: HTMLElement, work: () => Promise<string>): Promise<void> {
  try {
    place.textContent = await work();
    place.classList.remove("wrong");
  } catch (fault) {
    place.textContent = fault instanceof Error ? fault.message : String(fault);
    place.classList.add("wrong");
  }
}
