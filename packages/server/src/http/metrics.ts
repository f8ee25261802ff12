import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { ConnectionState } from "../intake/connection.ts";
import type { SourceTally } from "../intake/supervised-connection.ts";
import type { RunningConnection } from "../intake/supervisor.ts";

/** What is asked when the figures are read. */
export interface MetricSources {
  /** Open sessions by protocol. */
  sessions(): Readonly<Record<string, number>>;
  /** The most records that any follower stands behind its channel's head, and how many followers there are. */
  followers(): { readonly count: number; readonly lag: number };
  followedChannels(): number;
  /** Of this node's session; 0 while it has none. */
  fence(): number;
  /** 1 when the store takes writes. */
  storeWell(): boolean;
  /** The connections that this node runs. */
  connections(): readonly RunningConnection[];
  /** Milliseconds since 1970. */
  now(): number;
}

/** The server's figures in Prometheus' text form. What happens is counted as it happens, what stands is read when asked for. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #commits: Histogram;
  readonly #appends: Counter;
  readonly #rings: Counter;
  readonly #refusals: Counter;
  /** What is counted of connections. */
  readonly sources: SourceTally;

  constructor() {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry, prefix: "tipwire_" });
    this.#commits = new Histogram({
      name: "tipwire_append_commit_seconds",
      help: "How long a transaction of appends took, its sync included.",
      buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1],
      registers,
    });
    this.#appends = new Counter({
      name: "tipwire_appends_total",
      help: "Appends that were acknowledged, duplicates included.",
      registers,
    });
    this.#rings = new Counter({
      name: "tipwire_doorbell_rings_total",
      help: "Rings of the doorbell that this node heard.",
      labelNames: ["topic"],
      registers,
    });
    this.#refusals = new Counter({
      name: "tipwire_refusals_total",
      help: "Requests and upgrades that were refused, by code (docs/errors.md) or HTTP status.",
      labelNames: ["code"],
      registers,
    });
    this.sources = sourceTally(registers);
  }

  committed(appends: number, ms: number): void {
    this.#commits.observe(ms / 1000);
    this.#appends.inc(appends);
  }

  rang(topic: string): void {
    // Its kind alone: of channels and stages there is no end.
    this.#rings.inc({ topic: topic.split(":")[0] });
  }

  refused(code: string): void {
    this.#refusals.inc({ code });
  }

  /** Says where to read whether the doorbell between nodes is well. */
  watchDoorbell(isWell: () => boolean): void {
    this.#gauge("tipwire_doorbell_well", "1 while the doorbell between nodes is heard.", () => (isWell() ? 1 : 0));
  }

  /** Says where the standing figures are read from. */
  watch(sources: MetricSources): void {
    const registers = [this.#registry];
    const gauge = this.#gauge.bind(this);
    gauge("tipwire_followers", "Followers in the hub.", () => sources.followers().count);
    gauge(
      "tipwire_follower_lag_records",
      "How far behind its channel's head the last follower stands.",
      () => sources.followers().lag,
    );
    gauge("tipwire_followed_channels", "Channels with at least one follower.", () => sources.followedChannels());
    gauge("tipwire_store_well", "1 while the store takes writes.", () => (sources.storeWell() ? 1 : 0));
    gauge(
      "tipwire_node_session_fence",
      "The fence of this node's session, higher than of any before; 0 while the database does not hear that it lives.",
      () => sources.fence(),
    );
    watchConnections(sources, registers);
    const seen = new Set<string>();
    new Gauge({
      name: "tipwire_sessions",
      help: "Open sessions by protocol.",
      labelNames: ["protocol"],
      registers,
      collect() {
        const open = sources.sessions();
        // A protocol of which the last session has ended is not among them any more.
        for (const protocol of Object.keys(open)) seen.add(protocol);
        for (const protocol of seen) this.set({ protocol }, open[protocol] ?? 0);
      },
    });
  }

  #gauge(name: string, help: string, value: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.#registry],
      collect() {
        this.set(value());
      },
    });
  }

  async text(): Promise<{ readonly body: string; readonly contentType: string }> {
    return { body: await this.#registry.metrics(), contentType: this.#registry.contentType };
  }
}

function sourceTally(registers: Registry[]): SourceTally {
  const counter = (name: string, help: string) => new Counter({ name, help, labelNames: ["platform"], registers });
  const quarantined = counter("tipwire_quarantined_total", "Texts of platforms that could not be read.");
  const reconciled = counter("tipwire_reconciliations_total", "Comparisons with a platform's list.");
  const missing = counter(
    "tipwire_missing_total",
    "Entries of a platform's list that this log lacks, since they cannot be read.",
  );
  const recovered = counter(
    "tipwire_recovered_total",
    "Events that were missed, and read back from a platform's list.",
  );
  return {
    quarantined: (platform, count) => quarantined.inc({ platform }, count),
    reconciled(platform, lacked, found) {
      reconciled.inc({ platform });
      missing.inc({ platform }, lacked);
      recovered.inc({ platform }, found);
    },
  };
}

/** Of the connections that this node runs; those of all nodes together are all. */
function watchConnections({ connections, now }: MetricSources, registers: Registry[]): void {
  new Gauge({
    name: "tipwire_connections",
    help: "Connections to platforms that this node runs, by what they are doing.",
    labelNames: ["platform", "status"],
    registers,
    collect() {
      this.reset();
      for (const { connection, state } of connections()) {
        this.inc({ platform: connection.platform, status: state.status });
      }
    },
  });
  const ofEach = (name: string, help: string, value: (state: ConnectionState) => number | undefined) =>
    new Gauge({
      name,
      help,
      labelNames: ["platform", "connection"],
      registers,
      collect() {
        this.reset();
        for (const { connection, state } of connections()) {
          const known = value(state);
          if (known !== undefined) this.set({ platform: connection.platform, connection: connection.id }, known);
        }
      },
    });
  ofEach(
    "tipwire_connection_silence_seconds",
    "Seconds since the platform of a connection was last heard.",
    ({ heardAt }) => heardAt && (now() - heardAt) / 1000,
  );
  ofEach(
    "tipwire_connection_since_timestamp_seconds",
    "Unix time since which a connection has its status.",
    ({ since }) => since / 1000,
  );
  ofEach(
    "tipwire_connection_reconciled_timestamp_seconds",
    "Unix time of the last comparison with the platform's list.",
    ({ reconciled }) => reconciled && reconciled.at / 1000,
  );
  new Gauge({
    name: "tipwire_connection_state",
    help: "1 for the status that a connection has.",
    labelNames: ["platform", "connection", "status"],
    registers,
    collect() {
      this.reset();
      for (const { connection, state } of connections()) {
        const { id, platform } = connection;
        this.set({ platform, connection: id, status: state.status }, 1);
      }
    },
  });
}
