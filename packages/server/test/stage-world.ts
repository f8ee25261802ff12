/** Stages on nodes with pages, all in virtual time: what the store keeps is in a real database, everything else may die. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { streamEvent } from "../src/core/event.ts";
import { moneyOf } from "../src/core/money.ts";
import { ledgerProjection } from "../src/ledger/ledger.ts";
import type { Ring } from "../src/log/doorbell.ts";
import type { SessionName } from "../src/log/node-session.ts";
import { advancing } from "../src/log/projection.ts";
import type { Control } from "../src/stage/controls.ts";
import { AlertIntake } from "../src/stage/intake.ts";
import type { StageSettings } from "../src/stage/settings.ts";
import { usualSettings } from "../src/stage/settings.ts";
import { newStage } from "../src/stage/stage.ts";
import { openSqliteStore } from "../src/store/sqlite/open.ts";
import type { Store } from "../src/store/store.ts";
import type { Random } from "./random.ts";
import { SimulatedNode } from "./simulated-node.ts";
import { SimulatedPage } from "./simulated-page.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** One database for many worlds: each has a channel of its own. */
export class StageDatabase {
  readonly #directory = mkdtempSync(join(tmpdir(), "tipwire-stage-"));
  readonly store: Store;
  readonly clock = new VirtualClock();
  readonly rings = new Set<Ring>();
  #worlds = 0;

  constructor() {
    this.store = openSqliteStore(join(this.#directory, "tipwire.db"), {
      ring: (topic, version) => {
        for (const ring of this.rings) ring(topic, version);
      },
      clock: this.clock,
      synchronous: "OFF",
    });
  }

  async world(random: Random, wish: WorldWish = {}): Promise<StageWorld> {
    const name = `world${++this.#worlds}`;
    const account = await this.store.directory.createAccount(name, false);
    if (account === "name-taken") throw new Error("taken");
    const settings = { title: name, kickUsername: "", url: "" };
    const channel = await this.store.directory.createChannel(name, account.id, settings);
    if (channel === "name-taken") throw new Error("taken");
    const stage = await this.store.stages.create(channel.id, "main", newStage(this.clock.now()));
    if (stage === "name-taken") throw new Error("taken");
    if (wish.settings !== undefined) {
      await this.store.stageSettings.saveDraft(stage.id, { ...usualSettings, ...wish.settings }, "test");
      await this.store.stageSettings.publish(stage.id, "test");
    }
    const world = new StageWorld(this, random, channel.id, stage.id, wish);
    for (let i = 1; i <= (wish.screens ?? 1); i++) await world.addScreen(`Screen ${i}`);
    return world;
  }

  async close(): Promise<void> {
    await this.store.close();
    rmSync(this.#directory, { recursive: true });
  }
}

export interface WorldWish {
  readonly nodes?: number;
  readonly screens?: number;
  readonly settings?: Partial<StageSettings>;
  /** Of all rings, how many are lost between nodes. */
  readonly lostRings?: number;
  /** What a call to the store takes at most, milliseconds. */
  readonly storeDelay?: number;
}

export class StageWorld {
  readonly database: StageDatabase;
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly channel: number;
  readonly stage: number;
  readonly lostRings: number;
  readonly storeDelay: number;
  readonly nodes: SimulatedNode[] = [];
  readonly pages: SimulatedPage[] = [];
  readonly events: string[] = [];
  readonly #diedAt = new Map<string, number>();
  readonly #intake: AlertIntake;
  #fence = 0;
  #sent = 0;

  constructor(database: StageDatabase, random: Random, channel: number, stage: number, wish: WorldWish) {
    this.database = database;
    this.clock = database.clock;
    this.random = random;
    this.channel = channel;
    this.stage = stage;
    this.lostRings = wish.lostRings ?? 0;
    this.storeDelay = wish.storeDelay ?? 0;
    const deaf = { ring: () => undefined, listen: () => () => undefined };
    this.#intake = new AlertIntake(database.store.stages, database.store.log, deaf, this.clock);
    for (let i = 0; i < (wish.nodes ?? 1); i++) this.startNode();
  }

  startNode(): SimulatedNode {
    const node = new SimulatedNode(this);
    this.nodes.push(node);
    return node;
  }

  get livingNodes(): readonly SimulatedNode[] {
    return this.nodes.filter(({ isAlive }) => isAlive);
  }

  /** Those that do something: living, and not frozen. */
  get awakeNodes(): readonly SimulatedNode[] {
    return this.livingNodes.filter(({ isFrozen }) => !isFrozen);
  }

  newSession(): SessionName {
    return `${++this.#fence}/node`;
  }

  get state() {
    return this.database.store.stages.view(this.stage, []).then((view) => {
      if (view === undefined) throw new Error("the stage is gone");
      return view.state;
    });
  }

  /** Five seconds after its last beat a session is over. */
  isLiving(session: string): boolean {
    const diedAt = this.#diedAt.get(session);
    return diedAt === undefined || this.clock.now() - diedAt < 5000;
  }

  died(node: SimulatedNode): void {
    if (!this.#diedAt.has(node.session)) this.#diedAt.set(node.session, this.clock.now());
    for (const page of this.pages) page.nodeDied(node);
  }

  froze(node: SimulatedNode): void {
    this.#diedAt.set(node.session, this.clock.now());
    for (const page of this.pages) page.nodeFroze(node);
  }

  /** Whether its session outlived that. */
  thawed(node: SimulatedNode): boolean {
    const lives = this.isLiving(node.session);
    if (lives) this.#diedAt.delete(node.session);
    for (const page of this.pages) page.nodeThawed(node);
    return lives;
  }

  async addScreen(name: string): Promise<void> {
    const [node] = this.awakeNodes;
    const added = node?.conductor.setScreens(this.stage, { do: "add", name });
    await this.#until(added);
  }

  async control(control: Control): Promise<string> {
    const [node] = this.awakeNodes;
    return (await this.#until(node?.conductor.control(this.stage, { kind: "control", by: "Anna", control }))) ?? "none";
  }

  /** A page of the `screen`th screen, first on any living node. */
  async open(screen = 0, habits: Partial<Pick<SimulatedPage, "habit" | "obs">> = {}): Promise<SimulatedPage> {
    const { screens } = await this.state;
    const page = new SimulatedPage(this, screens[screen]?.id ?? 0, habits);
    this.pages.push(page);
    page.connect();
    return page;
  }

  async send(
    facts: {
      readonly test?: boolean;
      readonly minor?: number;
      readonly late?: boolean;
      readonly message?: string;
    } = {},
  ): Promise<string> {
    const { store } = this.database;
    const event = streamEvent({
      type: "donation",
      origin: "test:1",
      externalId: String(++this.#sent),
      occurredAt: new Date(this.clock.now() - (facts.late ? 600_000 : 0)).toISOString(),
      name: `Donor ${this.#sent}`,
      amount: moneyOf(facts.minor ?? 1000, 2, "USD"),
      message: facts.message ?? "",
      test: facts.test ?? false,
    });
    const { record } = await store.log.append({ channel: this.channel, event, arrival: facts.late ? "late" : "live" });
    this.events.push(record.id);
    await this.#intake.advance([this.channel], () => false);
    return record.id;
  }

  /** What a platform sends when its creator presses replay. */
  async replay(event: string): Promise<void> {
    const { log } = this.database.store;
    await log.replay({ channel: this.channel, id: event, key: crypto.randomUUID(), arrival: "live" });
    await this.#intake.advance([this.channel], () => false);
  }

  /** How many donations the ledger counts. */
  async counted(): Promise<number> {
    const { log, checkpoints, totals } = this.database.store;
    await advancing(ledgerProjection, log, checkpoints).advance([this.channel]);
    return (await totals.ofChannel(this.channel)).reduce((sum, { count }) => sum + count, 0);
  }

  pass(ms: number): Promise<void> {
    return this.clock.pass(ms);
  }

  /** Every alert that there is, by id. */
  async alerts() {
    const states = ["held", "queued", "leased", "showing"] as const;
    const final = ["shown", "skipped", "expired", "failed", "rejected", "merged", "summarised", "silent"] as const;
    const { stages } = this.database.store;
    const all = [...(await stages.alerts(this.stage, states, 500)), ...(await stages.alerts(this.stage, final, 500))];
    return new Map(all.map((alert) => [alert.id, alert]));
  }

  receipts(event: string) {
    return this.database.store.stages.receipts(this.channel, event);
  }

  stop(): void {
    for (const page of this.pages) page.close();
    for (const node of this.nodes) node.die();
  }

  /** Time passes until it is there. */
  async #until<T>(answer: Promise<T> | undefined): Promise<T | undefined> {
    let isThere = false;
    const noted = answer?.finally(() => {
      isThere = true;
    });
    noted?.catch(() => undefined);
    while (!isThere && answer !== undefined) await this.clock.pass(5);
    return noted;
  }
}
