import { expect, test } from "bun:test";
import { refused } from "./feed-request.ts";

const answer = (status: number, body: string) => refused(new Response(body, { status }));

test("our own word that the key is none is a refusal", async () => {
  for (const [status, code] of [
    [400, "body_invalid"],
    [401, "token_invalid"],
    [401, "token_expired"],
    [401, "token_revoked"],
  ] as const) {
    expect((await answer(status, JSON.stringify({ code, message: "No.", doc: "" }))).status).toBe("refused");
  }
});

test("what a proxy answers while the server is away is none, whatever its status", async () => {
  for (const status of [400, 401, 403, 404, 502]) {
    for (const body of ["404 page not found\n", "<html>", "", "null", "[]", "{}", '{"code":404}', '{"code":"token"}']) {
      expect(await answer(status, body)).toEqual({ status: "lost", reason: `the server answered ${status}` });
    }
  }
});

test("nor is our own word that it is another time's turn", async () => {
  for (const code of ["shutting_down", "too_many_connections", "storage_failed", "not_found"]) {
    expect((await answer(503, JSON.stringify({ code }))).status).toBe("lost");
  }
});
