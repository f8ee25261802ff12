import { z } from "zod";
import { newSecret, sha256 } from "../../access/secrets.ts";
import { isoTime } from "../../core/clock.ts";
import { Refused } from "../../core/errors.ts";
import type { Control } from "../../stage/controls.ts";
import type { KeyUse, StageKey } from "../../stage/keys.ts";
import { json } from "../answers.ts";
import { readBody } from "../body.ts";
import type { Route, Visit } from "../router.ts";
import { administeredStage, placeOfKey, type StageRoom, steer } from "./stage-room.ts";

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
      ({ use, expiresAt }) => use.kind !== "display" && expiresAt === null,
    );
    return json({ keys: own.map((key) => shown(key, vault.open(key.sealed, placeOfKey(key.id)))) });
  }

  /** With an `action` an address that does it, without one a key for every control. */
  async function create(visit: Visit): Promise<Response> {
    const { stage } = await administeredStage(room, visit);
    const { name, action } = await readBody(visit.request, newKey, bodyBytes);
    const use: KeyUse = action === undefined ? { kind: "control" } : { kind: "action", action };
    const secret = newSecret(action === undefined ? "twc" : "twa");
    const made = await keys.create({ stage: stage.id, use, name }, (id) => ({
      hash: sha256(secret),
      sealed: vault.seal(secret, placeOfKey(id)),
    }));
    return json(shown(made, secret), 201);
  }

  async function act(visit: Visit): Promise<Response> {
    const { headers, method } = visit.request;
    const purpose = headers.get("sec-purpose") ?? headers.get("purpose") ?? headers.get("x-moz") ?? "";
    if (method !== "GET" || /prefetch|preview/i.test(purpose)) throw new Refused("prefetch_refused");
    const key = await keys.byHash(sha256(visit.path["key"] ?? ""));
    const isValid = key?.use.kind === "action" && (key.expiresAt === null || key.expiresAt > clock.now());
    const stage = isValid ? await stages.find(key.stage) : undefined;
    if (key?.use.kind !== "action" || stage === undefined) {
      visit.handshake.failed();
      throw new Refused("token_invalid");
    }
    const action = key.use.action as Action;
    const { control, word } = await controlOf(stage.id, action);
    await steer(room, { stage, by: key.name }, control);
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
      default:
        return { control: { action }, word };
    }
  }

  function shown({ id, name, use, createdAt }: StageKey, secret: string) {
    const action = use.kind === "action" ? use.action : null;
    const url = action === null ? null : `${room.publicUrl()}/v1/do/${secret}`;
    return { id: String(id), name, action, key: action === null ? secret : null, url, createdAt: isoTime(createdAt) };
  }

  return [
    { method: "GET", pattern: "/v1/channels/{slug}/stages/{stage}/keys", answer: list },
    { method: "POST", pattern: "/v1/channels/{slug}/stages/{stage}/keys", answer: create },
    { method: "GET", pattern: "/v1/do/{key}", answer: act },
  ];
}
