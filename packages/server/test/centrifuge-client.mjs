/**
 * A DonationAlerts client as its guides describe it, on Node with `centrifuge` and `ws` as npm ships them. Prints what it
 * meets, one JSON object a line. Argument: {"url", "channels": {"$alerts:donation_1": "<access token>"}}; the first access
 * token is also that of the connection.
 */
import Centrifuge from "centrifuge";
import WebSocket from "ws";

const { url, channels } = JSON.parse(process.argv[2]);
const [accessToken] = Object.values(channels);
const say = (event, facts = {}) => console.log(JSON.stringify({ event, ...facts }));

async function ask(path, token, body) {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${url}/api/v1${path}`, {
    headers,
    ...(body && { method: "POST", body: JSON.stringify(body) }),
  });
  return response.json();
}

const socketToken = async () => (await ask("/user/oauth", accessToken)).data.socket_connection_token;

const centrifuge = new Centrifuge(`${url.replace(/^http/, "ws")}/connection/websocket`, {
  websocket: WebSocket,
  minRetry: 50,
  maxRetry: 300,
  async onRefresh(_, answer) {
    say("refresh");
    answer({ status: 200, data: { token: await socketToken() } });
  },
  async onPrivateSubscribe({ data: { client, channels: names } }, answer) {
    say("ask", { names });
    try {
      const asked = names.map((name) => ask("/centrifuge/subscribe", channels[name], { client, channels: [name] }));
      const answered = (await Promise.all(asked)).flatMap(({ channels: each }) => each);
      answer({ status: 200, data: { channels: answered } });
    } catch (error) {
      answer({ error });
    }
  },
});
centrifuge.on("connect", ({ client }) => say("connect", { client }));
centrifuge.on("disconnect", ({ reason, reconnect }) => say("disconnect", { reason, reconnect }));
for (const channel of Object.keys(channels)) {
  const subscription = centrifuge.subscribe(channel, ({ seq, data }) => say("publish", { channel, seq, data }));
  subscription.on("join", ({ info }) => say("join", { channel, client: info.client }));
  subscription.on("subscribe", ({ isResubscribe, recovered }) =>
    say("subscribe", { channel, isResubscribe, recovered }),
  );
  subscription.on("unsubscribe", () => say("unsubscribe", { channel }));
  subscription.on("error", ({ message }) => say("error", { channel, message }));
}
centrifuge.setToken(await socketToken());
centrifuge.connect();
