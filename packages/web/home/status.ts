import type { ConnectionInfo, Money } from "@tipwire/client";

/** What `/api/status` says. Times are ISO 8601. */
export interface Status {
  readonly visitor: "signed-in" | "local" | "unknown";
  /** Whether an application at DonationAlerts is set; `null` for strangers. */
  readonly configured: boolean | null;
  readonly channels: readonly { readonly slug: string; readonly title: string }[];
  readonly connections: readonly ConnectionInfo[];
  /** Newest first. */
  readonly events: readonly EventShown[];
}

export interface EventShown {
  readonly id: string;
  readonly kind: "event" | "replay";
  readonly arrival: "live" | "late" | "import";
  readonly type: "donation" | "subscription" | "follow" | "raid" | "host" | "custom";
  readonly name: string | null;
  readonly amount: Money | null;
  readonly message: string;
  readonly messageKind: "text" | "audio";
  readonly test: boolean;
  readonly occurredAt: string;
}

/** `undefined`: the server does not answer just now. */
export async function readStatus(): Promise<Status | undefined> {
  try {
    const response = await fetch("/api/status");
    return response.ok ? ((await response.json()) as Status) : undefined;
  } catch {
    return undefined;
  }
}

/** Ends the browser's session; what is connected stays. */
export async function signOut(): Promise<void> {
  await fetch("/api/auth/donationalerts/logout", { method: "POST", headers: { accept: "application/json" } });
}
