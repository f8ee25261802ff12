import { z } from "zod";
import type { Channel } from "../../access/directory.ts";
import { newSecret, sha256 } from "../../access/secrets.ts";
import { isoTime } from "../../core/clock.ts";
import { Refused } from "../../core/errors.ts";
import type { StageKey } from "../../stage/keys.ts";
import { newStage, type Screen } from "../../stage/stage.ts";
import type { StageRow } from "../../stage/stages.ts";
import { json } from "../answers.ts";
import { readOptionalBody } from "../body.ts";
import type { Route, Visit } from "../router.ts";
import { audit, mainStage, nameOf, placeOfKey, type StageRoom, type StageVisit } from "./stage-room.ts";

const name = z.string().trim().min(1).max(60);
const newOverlay = z.object({ screen: name.default("Main"), stage: name.default(mainStage) });
const rotation = z.object({
  graceSeconds: z
    .number()
    .int()
    .min(0)
    .max(30 * 86_400)
    .default(3600),
});

interface Overlay {
  readonly channel: Channel;
  readonly stage: StageRow;
  readonly screen: Screen;
}

/** Screens of stages and the links that open them. A link is shown to whoever may change the channel, and to nobody else. */
export function overlayRoutes(room: StageRoom): readonly Route[] {
  const { callers, stages, keys, conductor, vault, clock, bodyBytes } = room;

  async function list(visit: Visit): Promise<Response> {
    const { channel } = await callers.administered(visit);
    const overlays: object[] = [];
    for (const stage of await stages.ofChannel(channel.id)) {
      const state = (await stages.view(stage.id, []))?.state;
      const all = await keys.ofStage(stage.id);
      for (const screen of state?.screens ?? []) overlays.push(shown({ channel, stage, screen }, all));
    }
    return json({ overlays });
  }

  async function create(visit: Visit): Promise<Response> {
    const { channel, credential } = await callers.administered(visit);
    const wish = await readOptionalBody(visit.request, newOverlay, bodyBytes);
    const stage = await stageNamed(channel, wish.stage);
    const made = await conductor.setScreens(stage.id, { do: "add", name: wish.screen });
    if (made === "not-there") throw new Refused("name_taken", `There is a screen ${wish.screen} already.`);
    const screens = (await stages.view(stage.id, []))?.state.screens ?? [];
    const screen = screens.find((each) => each.name === wish.screen);
    if (screen === undefined) throw new Refused("overlay_unknown");
    const overlay = { channel, stage, screen };
    const key = await newKey(overlay);
    await audit(room, { stage, by: await nameOf(room, credential) }, `add screen ${screen.name}`);
    return json(shown(overlay, [key]), 201);
  }

  async function rotate(visit: Visit): Promise<Response> {
    const overlay = await ofVisit(visit);
    const { graceSeconds } = await readOptionalBody(visit.request, rotation, bodyBytes);
    const key = await newKey(overlay);
    await keys.expire(overlay.stage.id, key.use, key.id, clock.now() + graceSeconds * 1000);
    await audit(room, overlay, `rotate link of ${overlay.screen.name}`);
    return json(shown(overlay, await keys.ofStage(overlay.stage.id)), 201);
  }

  async function remove(visit: Visit): Promise<Response> {
    const overlay = await ofVisit(visit);
    const { stage, screen } = overlay;
    const all = await keys.ofStage(stage.id);
    await conductor.setScreens(stage.id, { do: "remove", screen: screen.id });
    await keys.expire(stage.id, { kind: "display", screen: screen.id }, Number.MAX_SAFE_INTEGER, clock.now());
    await audit(room, overlay, `remove screen ${screen.name}`);
    return json(shown(overlay, all));
  }

  /** The channel's stage of that name; the first overlay makes the main one. */
  async function stageNamed(channel: Channel, wanted: string): Promise<StageRow> {
    const known = async () => (await stages.ofChannel(channel.id)).find((each) => each.name === wanted);
    const stage = (await known()) ?? (await stages.create(channel.id, wanted, newStage(clock.now())));
    const made = stage === "name-taken" ? await known() : stage;
    if (made === undefined) throw new Refused("stage_unknown");
    return made;
  }

  function newKey({ stage, screen }: Overlay): Promise<StageKey> {
    const secret = newSecret("twd");
    const use = { kind: "display", screen: screen.id } as const;
    return keys.create({ stage: stage.id, use, name: screen.name }, (id) => ({
      hash: sha256(secret),
      sealed: vault.seal(secret, placeOfKey(id)),
    }));
  }

  async function ofVisit(visit: Visit): Promise<Overlay & StageVisit> {
    const { channel, credential } = await callers.administered(visit);
    const [, stageId, screenId] = (/^(\d+)\.(\d+)$/.exec(visit.path["id"] ?? "") ?? []).map(Number);
    const stage = (await stages.ofChannel(channel.id)).find(({ id }) => id === stageId);
    const view = stage && (await stages.view(stage.id, []));
    const screen = view?.state.screens.find(({ id }) => id === screenId);
    if (stage === undefined || screen === undefined) throw new Refused("overlay_unknown");
    return { channel, stage, screen, by: await nameOf(room, credential) };
  }

  /** `all`: the keys of its stage. */
  function shown({ channel, stage, screen }: Overlay, all: readonly StageKey[]) {
    const own = all.filter(({ use }) => use.kind === "display" && use.screen === screen.id);
    const current = own.findLast(({ expiresAt }) => expiresAt === null);
    const earlier = own.filter(({ expiresAt }) => expiresAt !== null && expiresAt > clock.now());
    return {
      id: `${stage.id}.${screen.id}`,
      channel: channel.slug,
      stage: stage.name,
      screen: screen.name,
      url: current === undefined ? null : linkOf(channel, screen, vault.open(current.sealed, placeOfKey(current.id))),
      /** Whether a page plays for it just now. */
      live: screen.leader !== null,
      obs: screen.leader?.obs ?? false,
      usedAt: current?.usedAt == null ? null : isoTime(current.usedAt),
      earlier: earlier.map(({ expiresAt, usedAt }) => ({
        worksUntil: isoTime(expiresAt ?? 0),
        usedAt: usedAt === null ? null : isoTime(usedAt),
      })),
    };
  }

  function linkOf(channel: Channel, screen: Screen, secret: string): string {
    const words = screen.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
    return `${room.publicUrl()}/overlay/${channel.slug}-${words}#${secret}`;
  }

  return [
    { method: "GET", pattern: "/v1/channels/{slug}/overlays", answer: list },
    { method: "POST", pattern: "/v1/channels/{slug}/overlays", answer: create },
    { method: "POST", pattern: "/v1/channels/{slug}/overlays/{id}/rotate", answer: rotate },
    { method: "DELETE", pattern: "/v1/channels/{slug}/overlays/{id}", answer: remove },
  ];
}
