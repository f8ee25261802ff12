import { z } from "zod";
import { newSecret, sha256 } from "../../access/secrets.ts";
import { isoTime } from "../../core/clock.ts";
import { Refused } from "../../core/errors.ts";
import type { Control } from "../../stage/controls.ts";
import { isCurrent, type KeyUse, noteUse, type StageKey } from "../../stage/keys.ts";
import { json } from "../answers.ts";
import { readBody } from "../body.ts";
import type { Route, Visit } from "../router.ts";
import { administeredStage, audit, placeOfKey, type StageRoom, steer } from "./stage-room.ts";

/** What one address can do, and the word that it answers. */
const actions = {
  pause: "paused",
  resume: "resumed",
  toggle: "",
  skip: "skipped",
  again: "again",
  mute: "muted",
  unmute: "unmuted",
  clear: "cleared",
  panic: "panic",
  calm: "calm",
  undo: "undone",
} as const;
type Action = keyof typeof actions;

const newKey = z.object({
  name: z.string().trim().min(1).max(60).default("Stream Deck"),
  action: z.enum(Object.keys(actions) as [Action, ...Action[]]).optional(),
});

/** Keys that steer a stage, and addresses that do one thing to it each: for a Stream Deck, which can only open them. */
export function stageActionRoutes(room: StageRoom): readonly Route[] {
  const { stages, keys, vault, clock, bodyBytes } = room;

  async function list(visit: Visit): Promise<Response> {
    const { stage } = await administeredStage(room, visit);
    const own = (await keys.ofStage(stage.id)).filter(
      (key) => key.use.kind !== "display" && isCurrent(key, clock.now()),
    );
    return json({ keys: own.map((key) => shown(key, vault.open(key.sealed, placeOfKey(key.id)))) });
  }

  /** With an `action` an address that does it, without one a key for every control. */
  async function create(visit: Visit): Promise<Response> {
    const who = await administeredStage(room, visit);
    const { stage } = who;
    const { name, action } = await readBody(visit.request, newKey, bodyBytes);
    const use: KeyUse = action === undefined ? { kind: "control" } : { kind: "action", action };
    const secret = newSecret(action === undefined ? "twc" : "twa");
    const made = await keys.create({ stage: stage.id, use, name }, (id) => ({
      hash: sha256(secret),
      sealed: vault.seal(secret, placeOfKey(id)),
    }));
    await audit(room, who, `make key ${name}`);
    return json(shown(made, secret), 201);
  }

  async function revoke(visit: Visit): Promise<Response> {
    const who = await administeredStage(room, visit);
    const key = (await keys.ofStage(who.stage.id)).find(({ id }) => String(id) === visit.path["id"]);
    if (key === undefined || !(await keys.revoke(who.stage.id, key.id))) throw new Refused("key_unknown");
    await audit(room, who, `revoke key ${key.name}`);
    return json(shown(key, null));
  }

  async function act(visit: Visit): Promise<Response> {
    const { headers, method } = visit.request;
    const purpose = headers.get("sec-purpose") ?? headers.get("purpose") ?? headers.get("x-moz") ?? "";
    if (method !== "GET" || /prefetch|preview/i.test(purpose)) throw new Refused("prefetch_refused");
    const key = await keys.byHash(sha256(visit.path["key"] ?? ""));
    const isValid = key?.use.kind === "action" && isCurrent(key, clock.now());
    const stage = isValid ? await stages.find(key.stage) : undefined;
    if (key?.use.kind !== "action" || stage === undefined) {
      visit.handshake.failed();
      throw new Refused("token_invalid");
    }
    const action = key.use.action as Action;
    const { control, word } = await controlOf(stage.id, action);
    await steer(room, { stage, by: key.name }, control);
    await noteUse(keys, key, clock.now());
    return new Response(`${word}\n`, { headers: { "content-type": "text/plain", "cache-control": "no-store" } });
  }

  async function controlOf(
    stage: number,
    action: Action,
  ): Promise<{ readonly control: Control; readonly word: string }> {
    const word = actions[action];
    switch (action) {
      case "toggle": {
        const isPaused = (await stages.view(stage, []))?.state.mode === "paused";
        const next = isPaused ? "resume" : "pause";
        return { control: { action: next }, word: actions[next] };
      }
      case "again": {
        const [last] = await stages.alerts(stage, ["shown", "skipped"], 1);
        if (last === undefined) throw new Refused("control_impossible");
        return { control: { action, alert: last.id, when: "now" }, word };
      }
      case "mute":
      case "unmute":
        return { control: { action: "mute", muted: action === "mute" }, word };
      case "calm":
        return { control: { action, queue: "keep" }, word };
      default:
        return { control: { action }, word };
    }
  }

  /** `secret`: `null` where it works no more. */
  function shown({ id, name, use, createdAt, usedAt }: StageKey, secret: string | null) {
    const action = use.kind === "action" ? use.action : null;
    return {
      id: String(id),
      name,
      action,
      key: action === null ? secret : null,
      url: action === null || secret === null ? null : `${room.publicUrl()}/v1/do/${secret}`,
      createdAt: isoTime(createdAt),
      usedAt: usedAt === null ? null : isoTime(usedAt),
    };
  }

  return [
    { method: "GET", pattern: "/v1/channels/{slug}/stages/{stage}/keys", answer: list },
    { method: "POST", pattern: "/v1/channels/{slug}/stages/{stage}/keys", answer: create },
    { method: "DELETE", pattern: "/v1/channels/{slug}/stages/{stage}/keys/{id}", answer: revoke },
    { method: "GET", pattern: "/v1/do/{key}", answer: act },
  ];
}
