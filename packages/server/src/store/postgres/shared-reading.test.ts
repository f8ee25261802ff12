import { expect, test } from "bun:test";
import { sharedReading } from "./shared-reading.ts";

function reader() {
  const begun: { readonly asked: readonly (string | number)[]; end(value: string): void; fail(): void }[] = [];
  const read = sharedReading(
    (...asked: [number, string]) =>
      new Promise<string>((end, reject) => begun.push({ asked, end, fail: () => reject(new Error("away")) })),
  );
  return { begun, read };
}

test("whoever comes while a reading is under way shares the next, which begins after they asked", async () => {
  const { begun, read } = reader();
  const first = read(1, "a");
  const later = [read(1, "a"), read(1, "a")];
  expect(begun).toHaveLength(1);
  begun[0]?.end("before");
  expect(await first).toBe("before");
  await Bun.sleep(0);
  expect(begun).toHaveLength(2);
  begun[1]?.end("after");
  expect(await Promise.all(later)).toEqual(["after", "after"]);
  const alone = read(1, "a");
  expect(begun).toHaveLength(3);
  begun[2]?.end("again");
  expect(await alone).toBe("again");
});

test("who asks for something else waits for nobody", async () => {
  const { begun, read } = reader();
  const answers = [read(1, "a"), read(1, "b"), read(2, "a")];
  expect(begun.map(({ asked }) => asked)).toEqual([
    [1, "a"],
    [1, "b"],
    [2, "a"],
  ]);
  for (const { asked, end } of begun) end(asked.join());
  expect(await Promise.all(answers)).toEqual(["1,a", "1,b", "2,a"]);
});

test("a reading that fails is the failure of those alone who shared it", async () => {
  const { begun, read } = reader();
  const first = read(1, "a").catch(({ message }) => message);
  const second = read(1, "a");
  begun[0]?.fail();
  expect(await first).toBe("away");
  await Bun.sleep(0);
  begun[1]?.end("there");
  expect(await second).toBe("there");
});
