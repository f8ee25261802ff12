import { accountCreate } from "./account-create.ts";
import { accountList } from "./account-list.ts";
import { appCreate } from "./app-create.ts";
import { appList } from "./app-list.ts";
import { appToken } from "./app-token.ts";
import { channelCreate } from "./channel-create.ts";
import { channelList } from "./channel-list.ts";
import { channelSet } from "./channel-set.ts";
import type { Command } from "./command.ts";
import { connectionAdd } from "./connection-add.ts";
import { connectionList } from "./connection-list.ts";
import { connectionQuarantine } from "./connection-quarantine.ts";
import { connectionRemove } from "./connection-remove.ts";
import { connectionReread } from "./connection-reread.ts";
import { connectionStart } from "./connection-start.ts";
import { connectionStop } from "./connection-stop.ts";
import type { CliContext } from "./context.ts";
import { controlCreate } from "./control-create.ts";
import { controlList } from "./control-list.ts";
import { controlRevoke } from "./control-revoke.ts";
import { exportCommand } from "./export.ts";
import { grantList } from "./grant-list.ts";
import { grantRevoke } from "./grant-revoke.ts";
import { importCommand } from "./import.ts";
import { keyCreate } from "./key-create.ts";
import { keyList } from "./key-list.ts";
import { keyRevoke } from "./key-revoke.ts";
import { login } from "./login.ts";
import { mediaAdd } from "./media-add.ts";
import { mediaList } from "./media-list.ts";
import { mediaRemove } from "./media-remove.ts";
import { memberAdd } from "./member-add.ts";
import { memberRemove } from "./member-remove.ts";
import { migrateCommand } from "./migrate.ts";
import { overlayCreate } from "./overlay-create.ts";
import { overlayList } from "./overlay-list.ts";
import { overlayRemove } from "./overlay-remove.ts";
import { overlayRotate } from "./overlay-rotate.ts";
import { painter } from "./paint.ts";
import { queueControls } from "./queue-control.ts";
import { queueList } from "./queue-list.ts";
import { receipts } from "./receipts.ts";
import { replay } from "./replay.ts";
import { send } from "./send.ts";
import { setupDonationAlerts } from "./setup-donationalerts.ts";
import { stageAudit } from "./stage-audit.ts";
import { stageList } from "./stage-list.ts";
import { stagePutOnStream } from "./stage-put-on-stream.ts";
import { stageRemove } from "./stage-remove.ts";
import { stageRestore } from "./stage-restore.ts";
import { stageSet } from "./stage-set.ts";
import { stageSettings } from "./stage-settings.ts";
import { stageVersions } from "./stage-versions.ts";
import { status } from "./status.ts";
import { suggest } from "./suggest.ts";
import { tail } from "./tail.ts";
import { jsonLine } from "./text.ts";
import { tokenRotate } from "./token-rotate.ts";

export type { CliContext, Output } from "./context.ts";
export { readLine } from "./read-line.ts";
export { readSecret } from "./read-secret.ts";
export { suggest } from "./suggest.ts";

const commands: readonly Command[] = [
  send,
  tail,
  replay,
  importCommand,
  exportCommand,
  status,
  channelCreate,
  channelSet,
  channelList,
  tokenRotate,
  accountCreate,
  accountList,
  memberAdd,
  memberRemove,
  overlayCreate,
  overlayList,
  overlayRotate,
  overlayRemove,
  mediaAdd,
  mediaList,
  mediaRemove,
  queueList,
  ...queueControls,
  receipts,
  stageList,
  stageSettings,
  stageSet,
  stagePutOnStream,
  stageVersions,
  stageRestore,
  stageAudit,
  stageRemove,
  controlCreate,
  controlList,
  controlRevoke,
  connectionAdd,
  connectionList,
  connectionStop,
  connectionStart,
  connectionRemove,
  connectionQuarantine,
  connectionReread,
  keyCreate,
  keyList,
  keyRevoke,
  appCreate,
  appList,
  appToken,
  grantList,
  grantRevoke,
  login,
  setupDonationAlerts,
  migrateCommand,
];

/** For the overall help. `usage` names the arguments and the required flags. */
export const commandHelp: readonly { readonly name: string; readonly usage: string; readonly summary: string }[] =
  commands.map(({ name, brief, summary }) => ({ name, usage: brief, summary }));

/** Runs the command that `argv` begins with. Returns its exit code, or `undefined` when there is no such command. */
export async function runCommand(argv: readonly string[], context: CliContext): Promise<number | undefined> {
  const [first = "", second = ""] = argv;
  const single = commands.find(({ name }) => name === first);
  if (single !== undefined) return single.run(argv.slice(1), context);
  const group = commands.filter(({ name }) => name.startsWith(`${first} `));
  if (group.length === 0) return undefined;
  const command = group.find(({ name }) => name === `${first} ${second}`);
  return command === undefined ? wrongGroup(argv, group, context) : command.run(argv.slice(2), context);
}

/** "channel" alone, or with a word that it does not know. */
function wrongGroup(argv: readonly string[], group: readonly Command[], context: CliContext): number {
  const [first = "", second = ""] = argv;
  const lines = group.map(({ brief, summary }) => `  tipwire ${brief}\n      ${summary}\n`).join("");
  if (second === "--help") {
    context.stdout.write(lines);
    return 0;
  }
  const words = group.map(({ name }) => name.slice(first.length + 1));
  const near = suggest(second, words);
  const isMissing = second === "" || second.startsWith("-");
  const hint = near === undefined ? "" : ` Did you mean tipwire ${first} ${near}?`;
  const message = isMissing ? `${first} needs one of: ${words.join(", ")}.` : `There is no ${first} ${second}.${hint}`;
  const { stderr, env } = context;
  if (argv.includes("--json")) stderr.write(jsonLine({ code: "wrong_use", message }));
  else stderr.write(`${painter(stderr, env)("red", message)}\n${lines}`);
  return 2;
}
