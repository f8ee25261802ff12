import { table } from "../drills/table.ts";
import type { Bench, Figure } from "./bench.ts";
import { makeChannels, paced, startTipwire } from "./delivery.ts";
import type { FollowMany } from "./follower.ts";
import { interleaved, ratios, shown, spread } from "./rounds.ts";
import { Worker } from "./worker.ts";

const channels = 200;
const followersEach = 10;
const pace = { perSecond: 100, seconds: 3 };

/** The same load over DonationAlerts' protocol and over our own, each with its own handshake, one server for each. */
export const donationAlertsBench: Bench = {
  name: "donationalerts",
  title: `${channels * followersEach} sockets on ${channels} channels, ${pace.perSecond} events a second: DonationAlerts' protocol beside the native one`,

  async run(quick: boolean, print: (text: string) => void): Promise<readonly Figure[]> {
    const rounds = quick ? 3 : 5;
    await using theirServer = startTipwire();
    await using ownServer = startTipwire();
    await using theirClients = new Worker(`${import.meta.dir}/follower.ts`);
    await using ownClients = new Worker(`${import.meta.dir}/follower.ts`);
    const parties = [
      { name: "DonationAlerts", server: theirServer, clients: theirClients, ids: [] as number[] },
      { name: "native", server: ownServer, clients: ownClients, ids: [] as number[] },
    ];
    for (const { name, server, clients, ids } of parties) {
      const made = await makeChannels(server, channels);
      ids.push(...made.map(({ id }) => id));
      const accessTokens = await server.ask<readonly string[]>("accessTokens", ids);
      const port = await server.ask<number>("port");
      const follow: FollowMany =
        name === "native"
          ? { port, followersEach, protocol: "native", tokens: made.map(({ streamToken }) => streamToken) }
          : { port, followersEach, protocol: "donationalerts", tokens: accessTokens };
      await clients.ask("follow", follow);
    }
    const round = ({ ids, ...party }: (typeof parties)[number]) =>
      paced(party, { ...pace, channels: ids }, followersEach);
    for (const party of parties) await round(party);

    const [theirs = [], own = []] = await interleaved(parties, rounds, round);
    const ratio = ratios(theirs, own, (cpu) => cpu);
    print(
      table([
        ["", `server µs an event, to ${followersEach} followers`],
        ...[theirs, own].map((all, i) => [parties[i]?.name ?? "", shown(spread(all), 0)]),
        ["DonationAlerts against native", shown(ratio, 2)],
      ]),
    );
    print(`${rounds} rounds of ${pace.seconds} s each, alternating; every delivery arrived; median (least to most)`);
    return [
      {
        what: "2,000 DonationAlerts sockets at 100 events/s, processor time against the native protocol",
        measured: shown(ratio, 2),
        value: ratio.median,
        goal: 1.2,
        better: "less",
        unit: "×",
      },
    ];
  },
};
