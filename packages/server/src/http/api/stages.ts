import { z } from "zod";
import { isoTime } from "../../core/clock.ts";
import { Refused } from "../../core/errors.ts";
import type { Alert } from "../../stage/alert.ts";
import { obstacleOf, obstacleText } from "../../stage/obstacle.ts";
import { isStreaming } from "../../stage/on-air.ts";
import { type Receipt, receiptOf, sentence } from "../../stage/receipts.ts";
import { type StageSettings, stageSettings } from "../../stage/settings.ts";
import { type StoredView, window } from "../../stage/stages.ts";
import { json } from "../answers.ts";
import { readBody } from "../body.ts";
import type { Route, Visit } from "../router.ts";
import { checkFiles } from "./media-room.ts";
import { administeredStage, audit, type StageRoom, steer, steeredStage } from "./stage-room.ts";

const alert = z.string().min(1).max(60);
const control = z.discriminatedUnion("action", [
  z.object({ action: z.enum(["pause", "resume", "clear", "panic", "undo"]) }),
  z.object({ action: z.literal("skip"), alert: alert.optional() }),
  z.object({ action: z.literal("again"), alert, when: z.enum(["now", "in-turn"]).default("in-turn") }),
  z.object({ action: z.literal("reorder"), alerts: z.array(alert).min(1).max(window) }),
  z.object({
    action: z.literal("approve"),
    alert,
    outcome: z.enum(["show", "hide-message", "hide-name"]).default("show"),
  }),
  z.object({ action: z.literal("reject"), alert }),
  z.object({ action: z.literal("hide"), alert, what: z.enum(["hide-message", "hide-name"]) }),
  z.object({ action: z.literal("mute"), muted: z.boolean() }),
  z.object({ action: z.literal("volume"), volume: z.number().int().min(0).max(100) }),
  z.object({ action: z.literal("calm"), queue: z.enum(["keep", "count-only"]).default("keep") }),
]);

/** Final alerts in the answer about a stage, newest first. */
const recent = 50;

/** Stages: what is on them and waits for them, their settings, and what people do to them. */
export function stageRoutes(room: StageRoom): readonly Route[] {
  const { callers, stages, settings, media, log, bodyBytes } = room;

  async function viewOf(id: number): Promise<StoredView> {
    const view = await stages.view(id, []);
    if (view === undefined) throw new Refused("stage_unknown");
    return view;
  }

  async function list(visit: Visit): Promise<Response> {
    const { channel } = await callers.channel(visit, "control", "admin");
    const rows = await stages.ofChannel(channel.id);
    return json({ stages: await Promise.all(rows.map(async ({ id }) => shownStage(await viewOf(id)))) });
  }

  async function show(visit: Visit): Promise<Response> {
    const { stage } = await steeredStage(room, visit);
    const view = await viewOf(stage.id);
    const past = await stages.alerts(
      stage.id,
      ["shown", "skipped", "expired", "failed", "rejected", "merged", "summarised", "silent"],
      recent,
    );
    return json({ ...shownStage(view), alerts: view.alerts.map(shownAlert), past: past.map(shownAlert) });
  }

  async function steered(visit: Visit): Promise<Response> {
    const who = await steeredStage(room, visit);
    await steer(room, who, await readBody(visit.request, control, bodyBytes));
    return json(shownStage(await viewOf(who.stage.id)));
  }

  /** What is open on it is skipped first, also what comes in meanwhile. */
  async function remove(visit: Visit): Promise<Response> {
    const who = await administeredStage(room, visit);
    const view = await viewOf(who.stage.id);
    do await steer(room, who, { action: "close" });
    while (!(await stages.remove(who.stage.id)));
    return json(shownStage(view));
  }

  async function showSettings(visit: Visit): Promise<Response> {
    const { stage } = await administeredStage(room, visit);
    const versions = await settings.list(stage.id);
    const draft = versions.find(({ version }) => version === 0);
    return json({
      onStream: { version: stage.settingsVersion, settings: (await viewOf(stage.id)).settings },
      draft: draft?.settings ?? null,
      versions: versions
        .filter(({ version }) => version > 0)
        .map(({ savedAt, ...saved }) => ({ ...saved, savedAt: isoTime(savedAt) })),
    });
  }

  /** A part of the settings changes that part of the draft; without a draft it begins with what is on stream. */
  async function saveDraft(visit: Visit): Promise<Response> {
    const { stage, by } = await administeredStage(room, visit);
    const change = await readBody(visit.request, z.record(z.string(), z.unknown()), bodyBytes);
    const [draft] = await settings.list(stage.id);
    const base = draft?.version === 0 ? draft.settings : (await viewOf(stage.id)).settings;
    const merged = checked(mergedSettings(base, change));
    await checkFiles(media, stage.channel, merged);
    await settings.saveDraft(stage.id, merged, by);
    return json({ draft: merged });
  }

  async function publish(visit: Visit): Promise<Response> {
    const who = await administeredStage(room, visit);
    const version = await settings.publish(who.stage.id, who.by);
    if (version === undefined) throw new Refused("draft_missing");
    await audit(room, who, `put settings ${version} on stream`);
    return json({ version });
  }

  async function receipts(visit: Visit): Promise<Response> {
    const { channel } = await callers.channel(visit, "events:read");
    const record = await log.find(channel.id, visit.path["id"] ?? "");
    if (record === undefined) throw new Refused("event_unknown");
    const stored = await stages.receipts(channel.id, record.eventId);
    const imported = stored.length === 0 && record.arrival === "import";
    const silent = imported
      ? [receiptOf({ id: record.id, event: record.eventId }, "silent", record.receivedAt, { why: "imported" })]
      : [];
    return json({
      receipts: [
        ...stored.map(({ stage, ...receipt }) => ({ stage, ...shownReceipt(receipt) })),
        ...silent.map((receipt) => ({ stage: null, ...shownReceipt(receipt) })),
      ],
    });
  }

  async function listAudit(visit: Visit): Promise<Response> {
    const { channel } = await callers.administered(visit);
    const entries = await stages.audit(channel.id, 200);
    return json({ audit: entries.map(({ at, ...entry }) => ({ ...entry, at: isoTime(at) })) });
  }

  const at = "/v1/channels/{slug}/stages";
  return [
    { method: "GET", pattern: at, answer: list },
    { method: "GET", pattern: `${at}/{stage}`, answer: show },
    { method: "DELETE", pattern: `${at}/{stage}`, answer: remove },
    { method: "POST", pattern: `${at}/{stage}/control`, answer: steered },
    { method: "GET", pattern: `${at}/{stage}/settings`, answer: showSettings },
    { method: "PATCH", pattern: `${at}/{stage}/settings`, answer: saveDraft },
    { method: "POST", pattern: `${at}/{stage}/settings/publish`, answer: publish },
    { method: "GET", pattern: "/v1/channels/{slug}/events/{id}/receipts", answer: receipts },
    { method: "GET", pattern: "/v1/channels/{slug}/audit", answer: listAudit },
  ];
}

/** Groups are merged, what is in them is replaced. */
function mergedSettings(base: StageSettings, change: Readonly<Record<string, unknown>>): unknown {
  const merged: Record<string, unknown> = { ...base };
  for (const [group, given] of Object.entries(change)) {
    const known = merged[group];
    const isGroup = typeof known === "object" && known !== null && typeof given === "object" && given !== null;
    merged[group] = isGroup ? { ...known, ...given } : given;
  }
  return merged;
}

function checked(settings: unknown): StageSettings {
  const result = stageSettings.safeParse(settings);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new Refused("field_invalid", `${issue?.path.join(".")}: ${issue?.message}.`);
}

function shownStage(view: StoredView) {
  const { row, state, queued } = view;
  const { mode, muted, volume, screens, showing, undo } = state;
  const obstacle = obstacleOf(view);
  return {
    id: row.id,
    name: row.name,
    mode,
    muted,
    volume,
    queued,
    onScreen: showing === null ? null : showing.alert,
    screens: screens.map(({ id, name, leader }) => ({ id, name, live: leader !== null, obs: leader?.obs ?? false })),
    streaming: isStreaming(state),
    obstacle: obstacle && { why: obstacle, sentence: obstacleText(obstacle) },
    undoUntil: undo === null ? null : isoTime(undo.until),
  };
}

function shownAlert({ id, event, state, queuedAt, decideBy, test, again, into, content }: Alert) {
  return {
    id,
    event,
    state,
    queuedAt: isoTime(queuedAt),
    decideBy: decideBy === null ? null : isoTime(decideBy),
    test,
    again,
    into,
    ...content,
  };
}

function shownReceipt(receipt: Receipt) {
  return { ...receipt, at: isoTime(receipt.at), sentence: sentence(receipt) };
}
