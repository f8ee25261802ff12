import type { Credential } from "../../access/credential.ts";
import type { Channel } from "../../access/directory.ts";
import { sha256 } from "../../access/secrets.ts";
import { Refused } from "../../core/errors.ts";
import type { Vault } from "../../core/vault.ts";
import type { MediaFiles } from "../../media/media-files.ts";
import { StageGone } from "../../stage/conducted-stage.ts";
import type { Conductor } from "../../stage/conductor.ts";
import type { Control } from "../../stage/controls.ts";
import { isCurrent, noteUse, type StageKeys } from "../../stage/keys.ts";
import type { SettingsVersions } from "../../stage/settings-versions.ts";
import type { StageRow, Stages } from "../../stage/stages.ts";
import type { Visit } from "../router.ts";
import type { ApiRoom } from "./room.ts";

/** What the addresses of stages work with. */
export interface StageRoom extends ApiRoom {
  readonly stages: Stages;
  readonly settings: SettingsVersions;
  readonly keys: StageKeys;
  readonly media: MediaFiles;
  readonly conductor: Pick<Conductor, "control" | "setScreens">;
  readonly vault: Vault;
  /** Where browsers find this server, without a slash at the end. */
  readonly publicUrl: () => string;
}

/** The stage of a channel that is made with its first overlay, and meant where none is named. */
export const mainStage = "main";

/** Where the key with that id lies sealed. */
export function placeOfKey(id: number): string {
  return `stage_key:${id}`;
}

/** A stage, and who asks for it as a person reads it. */
export interface StageVisit {
  readonly stage: StageRow;
  readonly by: string;
}

/** The stage of the address for a caller who may change it. */
export async function administeredStage(room: StageRoom, visit: Visit): Promise<StageVisit> {
  const { channel, credential } = await room.callers.administered(visit);
  return { stage: await stageOf(room, channel, visit.path["stage"] ?? mainStage), by: await nameOf(room, credential) };
}

/** The stage of the address for a caller who may steer it: a key with the scope `control`, or the stage's own control key. */
export async function steeredStage(room: StageRoom, visit: Visit): Promise<StageVisit> {
  const secret = /^Bearer +(twc_\w+)\s*$/.exec(visit.request.headers.get("authorization") ?? "")?.[1];
  if (secret !== undefined) return ofControlKey(room, visit, secret);
  const { channel, credential } = await room.callers.channel(visit, "control");
  return { stage: await stageOf(room, channel, visit.path["stage"] ?? mainStage), by: await nameOf(room, credential) };
}

export async function stageOf({ stages }: StageRoom, channel: Channel, name: string): Promise<StageRow> {
  const stage = (await stages.ofChannel(channel.id)).find((each) => each.name === name || String(each.id) === name);
  if (stage === undefined) throw new Refused("stage_unknown");
  return stage;
}

/** Throws where it could not be done. */
export async function steer(room: StageRoom, { stage, by }: StageVisit, control: Control): Promise<void> {
  const outcome = await room.conductor.control(stage.id, { kind: "control", by, control }).catch(refuseGone);
  if (outcome === "not-there") throw new Refused("control_impossible");
}

/** Somebody removed the stage meanwhile. */
function refuseGone(fault: unknown): never {
  throw fault instanceof StageGone ? new Refused("stage_unknown") : fault;
}

/** Writes down what a person did besides steering. */
export async function audit({ stages, clock }: StageRoom, { stage, by }: StageVisit, action: string): Promise<void> {
  await stages.record(stage.id, { at: clock.now(), by, action, subject: null });
}

async function ofControlKey({ keys, stages, clock }: StageRoom, visit: Visit, secret: string): Promise<StageVisit> {
  const key = await keys.byHash(sha256(secret));
  const isValid = key?.use.kind === "control" && isCurrent(key, clock.now());
  const stage = isValid ? await stages.find(key.stage) : undefined;
  if (key === undefined || stage === undefined) {
    visit.handshake.failed();
    throw new Refused("token_invalid");
  }
  await noteUse(keys, key, clock.now());
  return { stage, by: key.name };
}

/** The account behind a key; of a stream token there is none. */
export async function nameOf({ directory }: ApiRoom, credential: Credential): Promise<string> {
  if (credential.kind === "token") return "stream token";
  return (await directory.account(credential.account))?.name ?? credential.id;
}
