import type { Clock } from "../core/clock.ts";
import type { Doorbell } from "../log/doorbell.ts";
import type { NodeSession, NodeSessions, SessionName } from "../log/node-session.ts";
import { ConductedStage, type Joining, type Member } from "./conducted-stage.ts";
import type { Controlling, ControlOutcome } from "./controls.ts";
import type { Report } from "./leases.ts";
import type { ScreensChange } from "./screens.ts";
import type { Stages } from "./stages.ts";

export interface ConductorOptions {
  readonly stages: Stages;
  readonly sessions: Pick<NodeSessions, "ended">;
  /** This node's own. */
  readonly node: Pick<NodeSession, "sessionName">;
  readonly doorbell: Doorbell;
  readonly clock: Clock;
}

/** How often the node looks whether leaders on other nodes have died with them, milliseconds. */
const lookEvery = 500;

/** Everything that this node does for stages: for those whose pages are connected to it, and those that somebody steers. */
export class Conductor {
  readonly #options: ConductorOptions;
  readonly #conducted = new Map<number, ConductedStage>();
  readonly #stops: (() => void)[];
  #looking = false;
  #session: string | undefined;
  #looks = 0;

  constructor(options: ConductorOptions) {
    const { doorbell, clock } = options;
    this.#options = options;
    this.#stops = [
      doorbell.listen((topic, version) => {
        if (topic.startsWith("stage:")) this.#conducted.get(Number(topic.slice(6)))?.heard(version);
      }),
      clock.every(lookEvery, () => void this.#look()),
    ];
  }

  /** A page has come, or come back. Resolves when what it reported is stored and it was told what to show. */
  join(stage: number, joining: Joining): Promise<Member> {
    return this.#stage(stage).join(joining);
  }

  /** What a page says over another way than the one by which it joined, to whichever node. */
  async report(stage: number, report: Report): Promise<void> {
    await this.#stage(stage).steer(report);
  }

  /** Throws where the store does not take it; it may have taken effect then. */
  control(stage: number, controlling: Controlling): Promise<ControlOutcome> {
    return this.#stage(stage).steer(controlling);
  }

  /** Changes which screens the stage has. */
  setScreens(stage: number, change: ScreensChange): Promise<ControlOutcome> {
    return this.#stage(stage).steer({ kind: "screens", change });
  }

  /** Pages that are connected to this node. */
  get pages(): number {
    let count = 0;
    for (const stage of this.#conducted.values()) count += stage.size;
    return count;
  }

  stop(): void {
    for (const stop of this.#stops) stop();
    for (const stage of this.#conducted.values()) stage.stop();
    this.#conducted.clear();
  }

  #stage(id: number): ConductedStage {
    const known = this.#conducted.get(id);
    if (known !== undefined) return known;
    const { stages, node, clock } = this.#options;
    const made = new ConductedStage(
      id,
      stages,
      () => node.sessionName,
      clock,
      () => {
        if (this.#conducted.get(id) === made) this.#conducted.delete(id);
      },
    );
    this.#conducted.set(id, made);
    return made;
  }

  /**
   * Every two seconds at every stage's version, as a lost ring would have told, and at what nobody decided in time; every time
   * at the nodes of leaders elsewhere.
   */
  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    const { sessionName } = this.#options.node;
    if (sessionName !== this.#session) for (const stage of this.#conducted.values()) stage.nodeChanged();
    this.#session = sessionName;
    try {
      if (this.#looks++ % 4 === 0) {
        await this.#compareVersions();
        await this.#decideOverdue();
      }
      await this.#findDeadNodes();
    } catch {
      // The store does not answer; the next look asks again.
    } finally {
      this.#looking = false;
    }
  }

  async #compareVersions(): Promise<void> {
    const ids = [...this.#conducted.keys()];
    for (let i = 0; i < ids.length; i += 500) {
      const versions = await this.#options.stages.versions(ids.slice(i, i + 500));
      for (const [id, version] of versions) this.#conducted.get(id)?.heard(version);
    }
  }

  /** Of stages without a page above all: nobody else would. One that fails keeps back no other. */
  async #decideOverdue(): Promise<void> {
    const { stages, clock } = this.#options;
    for (const id of await stages.overdue(clock.now())) {
      await this.#stage(id)
        .wake()
        .catch(() => undefined);
    }
  }

  async #findDeadNodes(): Promise<void> {
    const nodes = new Set<string>();
    for (const stage of this.#conducted.values()) for (const node of stage.otherNodes()) nodes.add(node);
    if (nodes.size === 0) return;
    const dead = await this.#options.sessions.ended([...nodes] as SessionName[]);
    if (dead.length === 0) return;
    for (const stage of this.#conducted.values()) stage.nodesDied(dead);
  }
}
