import { z } from "zod";
import type { GrantGate } from "../../access/grant-gate.ts";
import type { Grant, OAuthScope } from "../../access/grants.ts";
import { Refused } from "../../core/errors.ts";
import { json } from "../answers.ts";
import { RequestParams } from "../params.ts";
import type { RateLimit } from "../rate-limit.ts";
import type { Route, Visit } from "../router.ts";

/** What stands behind DonationAlerts' addresses; `platforms/donationalerts` does. */
export interface DonationAlertsAnswers {
  user(grant: Grant): Promise<object>;
  /** JSON text. */
  donations(grant: Grant, page: number): Promise<string>;
  customAlert(grant: Grant, alert: CustomAlert): Promise<{ readonly alert: object; readonly isNew: boolean }>;
  subscriptions(grant: Grant, client: string, channels: readonly string[]): object;
}

export interface DonationAlertsRoom {
  readonly grantGate: GrantGate;
  readonly answers: DonationAlertsAnswers;
  /** By application. */
  readonly limit: RateLimit;
  /** Largest body, bytes. */
  readonly bodyBytes: number;
}

/** Lengths as documented; a field that is empty is one that was not sent. */
const text = (longest: number) =>
  z
    .string()
    .max(longest, `may not be longer than ${longest} characters`)
    .transform((value) => value.toWellFormed() || null)
    .default(null);
const identity = text(32).refine(
  (value) => value === null || !/\p{Cc}/u.test(value),
  "may not hold control characters",
);
const address = text(255).refine(
  (value) => value === null || (/^https?:\/\//i.test(value) && URL.canParse(value)),
  "must be an http address",
);
const customAlert = z.object({
  externalId: identity,
  header: text(255),
  message: text(300),
  isShown: z
    .enum(["0", "1"], "must be 0 or 1")
    .default("0")
    .transform((flag) => flag === "1"),
  imageUrl: address,
  soundUrl: address,
});
type CustomAlert = z.infer<typeof customAlert>;

const names = {
  externalId: "external_id",
  header: "header",
  message: "message",
  isShown: "is_shown",
  imageUrl: "image_url",
  soundUrl: "sound_url",
} as const;

/** `/api/v1/…` as DonationAlerts documents it. */
export function donationAlertsRoutes({ grantGate, answers, limit, bodyBytes }: DonationAlertsRoom): readonly Route[] {
  return [
    {
      method: "GET",
      pattern: "/api/v1/user/oauth",
      answer: granted("oauth-user-show", async (grant) => json(await answers.user(grant))),
    },
    {
      method: "GET",
      pattern: "/api/v1/alerts/donations",
      answer: granted("oauth-donation-index", async (grant, { url }) => {
        const page = url.searchParams.get("page") ?? "1";
        // Anything else is the first page, as a paginator of Laravel takes it.
        const body = await answers.donations(grant, /^[1-9]\d{0,8}$/.test(page) ? Number(page) : 1);
        return new Response(body, { headers: { "content-type": "application/json", "cache-control": "no-store" } });
      }),
    },
    {
      method: "POST",
      pattern: "/api/v1/custom_alert",
      answer: granted("oauth-custom_alert-store", async (grant, { request, url }) => {
        const params = await RequestParams.of(request, url, bodyBytes);
        const fields = Object.entries(names).map(([field, name]) => [field, params.get(name)]);
        const read = customAlert.safeParse(Object.fromEntries(fields));
        if (!read.success) return invalid(read.error);
        const { alert, isNew } = await answers.customAlert(grant, read.data);
        return json({ data: alert }, isNew ? 201 : 200);
      }),
    },
    {
      method: "POST",
      pattern: "/api/v1/centrifuge/subscribe",
      answer: granted(undefined, async (grant, { request, url }) => {
        const params = await RequestParams.of(request, url, bodyBytes);
        return json(answers.subscriptions(grant, params.get("client") ?? "", params.all("channels")));
      }),
    },
  ];

  /** Answers whoever brings an access token with that scope, as often as its application may ask. */
  function granted(scope: OAuthScope | undefined, answer: (grant: Grant, visit: Visit) => Promise<Response>) {
    return async (visit: Visit): Promise<Response> => {
      const grant = await bearer(visit);
      const wait = limit.wait(String(grant.application));
      if (wait > 0) return tooMany(wait);
      limit.spend(String(grant.application));
      if (scope !== undefined && !grant.scopes.includes(scope)) throw new Refused("scope_missing");
      return answer(grant, visit);
    };
  }

  async function bearer({ request, handshake }: Visit): Promise<Grant> {
    const token = /^Bearer +(\S+)\s*$/i.exec(request.headers.get("authorization") ?? "")?.[1];
    if (token === undefined) throw new Refused("token_missing");
    const grant = await grantGate.ofAccessToken(token);
    if (grant !== undefined) return grant;
    handshake.failed();
    throw new Refused("token_invalid");
  }
}

function tooMany(seconds: number): Response {
  const response = json({ message: "Too Many Attempts." }, 429);
  response.headers.set("retry-after", String(seconds));
  return response;
}

/** Laravel's answer to fields that it does not take. */
function invalid({ issues }: z.ZodError): Response {
  const errors: Record<string, string[]> = {};
  for (const { path, message } of issues) {
    const name = names[path[0] as keyof typeof names];
    errors[name] = [...(errors[name] ?? []), `The ${name.replaceAll("_", " ")} ${message}.`];
  }
  return json({ message: "The given data was invalid.", errors }, 422);
}
