/** What OBS and the browser say of the page: whether it can be seen, and whether OBS is on air. */
export interface Presence {
  readonly visible: boolean;
  /** The scene is on program; `null` where nobody said. */
  readonly active: boolean | null;
  readonly streaming: boolean | null;
}

interface ObsBrowser {
  readonly pluginVersion?: string;
  /** Calls back with nothing where the page may not know. */
  getStatus?(call: (status?: { readonly streaming?: boolean } | null) => void): void;
}

/**
 * OBS reports changes as events on the window and has no way to ask for the state; until one comes, the page is taken to be
 * as visible as the browser says. "Active" may never come for a second canvas, so visible is enough to play.
 */
export function watchPresence(changed: (presence: Presence) => void): () => Presence {
  let hiddenByObs = false;
  let presence: Presence = { visible: !document.hidden, active: null, streaming: null };
  const update = (change: Partial<Presence>) => {
    presence = { ...presence, ...change };
    changed(presence);
  };
  const look = () => update({ visible: !document.hidden && !hiddenByObs });

  document.addEventListener("visibilitychange", look);
  onObs("obsSourceVisibleChanged", ({ visible }) => {
    hiddenByObs = visible === false;
    look();
  });
  onObs("obsSourceActiveChanged", ({ active }) => update({ active: active === true }));
  onObs("obsStreamingStarted", () => update({ streaming: true }));
  onObs("obsStreamingStopped", () => update({ streaming: false }));
  obsBrowser()?.getStatus?.((status) => update({ streaming: status?.streaming ?? null }));
  return () => presence;
}

function onObs(name: string, call: (detail: Readonly<Record<string, unknown>>) => void): void {
  window.addEventListener(name, (event) => call((event as CustomEvent).detail ?? {}));
}

/** OBS's version as its agent says it, `null` in any other browser. */
export function obsVersion(): string | null {
  return /\bOBS\/([\d.]+)/.exec(navigator.userAgent)?.[1] ?? obsBrowser()?.pluginVersion ?? null;
}

function obsBrowser(): ObsBrowser | undefined {
  return (window as { readonly obsstudio?: ObsBrowser }).obsstudio;
}
