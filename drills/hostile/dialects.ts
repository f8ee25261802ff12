import { type ErrorCode, errorCodes, errorStatus } from "../../packages/server/src/core/errors.ts";
import { refused, type Verdict, wrong } from "./verdict.ts";

/** A refusal in words of whoever's address it is: docs/errors.md, DonationAlerts', RFC 6749's, or the guide's. */
type Dialect = (status: number, body: Readonly<Record<string, unknown>>) => Verdict;

/** The first whose address it is; the rest is our own. */
const dialects: readonly (readonly [address: RegExp, dialect: Dialect])[] = [
  [/^\/api\/v1\//, donationAlerts],
  [/^\/oauth\//, oauth],
  [/^\/api\/auth\//, guide],
  [/^/, ours],
];

/** Where people are told what is wrong on a page, and with which statuses. */
const pages = /^\/(login(\/|$)|oauth\/authorize$|api\/auth\/)/;
const pageStatuses: ReadonlySet<number> = new Set([400, 401, 403, 409, 410, 502, 503]);

/** None of these inputs is a reason for a 5xx; but DonationAlerts, which the guide's addresses ask, is not there. */
export function isOurFault(pathname: string, status: number): boolean {
  return status >= 500 && !(status === 502 && pathname.startsWith("/api/auth/"));
}

/** Judges a refusal with a body of JSON. */
export function judgeRefusal(pathname: string, status: number, body: string): Verdict {
  if (isOurFault(pathname, status)) return wrong(`status ${status}: ${body.slice(0, 100)}`);
  let refusal: unknown;
  try {
    refusal = JSON.parse(body);
  } catch {
    return wrong(`status ${status} with a body that is no refusal`);
  }
  if (typeof refusal !== "object" || refusal === null) return wrong(`status ${status} with ${body.slice(0, 100)}`);
  const [, dialect = ours] = dialects.find(([address]) => address.test(pathname)) ?? [];
  return dialect(status, refusal as Record<string, unknown>);
}

/** A page for a person, who reads what others wrote as text. */
export function judgePage(pathname: string, status: number, body: string): Verdict | undefined {
  if (/<script>|<img src="(?!\/assets\/)|(href|action)="(javascript|data):/i.test(body))
    return wrong("a page with somebody else's markup");
  if (status < 400) return undefined;
  return pages.test(pathname) && pageStatuses.has(status)
    ? refused(`page ${status}`)
    : wrong(`a page with status ${status} at ${pathname}`);
}

function ours(status: number, body: Readonly<Record<string, unknown>>): Verdict {
  const { code, message, doc } = body;
  const known = errorCodes.find((each): each is ErrorCode => each === code);
  if (known === undefined) return wrong(`status ${status} with the unknown code ${JSON.stringify(code)}`);
  if (errorStatus(known) !== status) return wrong(`${known} with status ${status}`);
  if (typeof message !== "string" || message === "" || doc !== `docs/errors.md#${known}`)
    return wrong(`${known} without message or doc`);
  return keysAre(body, "code", "message", "doc") ? refused(known) : wrong(`${known} with more than its three fields`);
}

const donationAlertsStatuses: ReadonlySet<number> = new Set([400, 401, 404, 405, 413, 422, 429]);

/** `{"message"}`; with 422 also what is wrong with each field. */
function donationAlerts(status: number, body: Readonly<Record<string, unknown>>): Verdict {
  const { message, errors } = body;
  if (!donationAlertsStatuses.has(status)) return wrong(`DonationAlerts never says ${status}`);
  if (typeof message !== "string" || message === "") return wrong(`status ${status} without a message`);
  if (status === 401 && message !== "Unauthenticated.") return wrong(`401 with ${message}`);
  if (status === 422) {
    const listed = Object.values(errors ?? {}) as unknown[];
    const isList = listed.length > 0 && listed.every((each) => Array.isArray(each) && each.length > 0);
    return isList && keysAre(body, "message", "errors") ? refused("donationalerts 422") : wrong("422 without errors");
  }
  return keysAre(body, "message")
    ? refused(`donationalerts ${status}`)
    : wrong("a refusal that DonationAlerts has not");
}

/** RFC 6749 section 5.2, and the statuses that go with each. */
const oauthErrors: Readonly<Record<string, readonly number[]>> = {
  invalid_request: [400, 404, 405, 413, 429],
  invalid_client: [401],
  invalid_grant: [400],
  unsupported_grant_type: [400],
  slow_down: [429],
};

function oauth(status: number, body: Readonly<Record<string, unknown>>): Verdict {
  const { error, error_description: description } = body;
  const statuses = Object.hasOwn(oauthErrors, String(error)) ? oauthErrors[String(error)] : undefined;
  if (statuses === undefined) return wrong(`status ${status} with the unknown error ${JSON.stringify(error)}`);
  if (!statuses.includes(status)) return wrong(`${error} with status ${status}`);
  if (typeof description !== "string" || description === "") return wrong(`${error} without a description`);
  const isKnown = keysAre(body, "error", "error_description") || keysAre(body, "error", "error_description", "message");
  return isKnown ? refused(`oauth ${error}`) : wrong(`${error} with fields that RFC 6749 has not`);
}

/** The DonationAlerts guide's `{"error"}`. What is no address of the guide's is answered as our own. */
function guide(status: number, body: Readonly<Record<string, unknown>>): Verdict {
  if ("code" in body) return ours(status, body);
  const isError = typeof body["error"] === "string" && keysAre(body, "error");
  return isError ? refused(`guide ${status}`) : wrong(`status ${status} that the guide has not`);
}

function keysAre(body: object, ...keys: readonly string[]): boolean {
  return Object.keys(body).sort().join() === [...keys].sort().join();
}
