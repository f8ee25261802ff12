import { describe, expect, test } from "bun:test";
import { databases, type TestDatabase } from "../../test/databases.ts";
import { endings } from "../../test/endings.ts";
import { type Clock, systemClock } from "../core/clock.ts";
import { arrivesWithin, type MediaFiles, mostFiles, type NewMediaFile, partBytes } from "../media/media-files.ts";

for (const [name, create] of Object.entries(databases)) describe(name, () => suite(create));

const limit = 4 * partBytes;

function suite(create: () => Promise<TestDatabase>): void {
  const ends = endings();

  async function node(database: TestDatabase, clock: Clock = systemClock) {
    const store = await database.open(() => undefined, clock);
    ends.push(() => store.close());
    return store;
  }

  async function withChannels(clock?: Clock) {
    const database = await create();
    ends.push(() => database.drop());
    const store = await node(database, clock);
    const account = await store.directory.createAccount("ann", false);
    if (account === "name-taken") throw new Error("taken");
    for (const slug of ["ann", "bea"]) {
      await store.directory.createChannel(slug, account.id, { title: "", kickUsername: "", url: "" });
    }
    return { database, media: store.media, second: async () => (await node(database)).media };
  }

  test("a file is found on every node as it was, part by part, and with its facts", async () => {
    const { media, second } = await withChannels();
    const bytes = pattern(2 * partBytes + 5);
    const file = newFile(bytes);
    expect(await media.add(file, bytes, limit)).toBe("added");
    const other = await second();
    const found = await other.find(file.id);
    expect(found).toEqual({ ...file, bytes: bytes.length, addedAt: expect.any(Number) });
    expect(await other.ofChannel(1)).toEqual(found === undefined ? [] : [found]);
    expect(await wholeOf(other, file.id)).toEqual(Buffer.from(bytes));
    expect(await other.find(idOf(pattern(1)))).toBeUndefined();
  });

  test("the same bytes are a channel's once, also where they come twice at a time; another channel has its own", async () => {
    const { media, second } = await withChannels();
    const bytes = pattern(partBytes + 1);
    const other = await second();
    const both = await Promise.all([media, other].map((each) => each.add(newFile(bytes), bytes, limit)));
    expect(both.toSorted()).toEqual(["added", "already"]);
    expect(await media.add(newFile(bytes), bytes, limit)).toBe("already");
    expect(await media.add(newFile(bytes, 2), bytes, limit)).toBe("added");
    expect([(await media.ofChannel(1)).length, (await media.ofChannel(2)).length]).toEqual([1, 1]);
    expect(await media.remove(1, idOf(bytes))).toBe(true);
    expect(await media.remove(1, idOf(bytes))).toBe(false);
    expect(await wholeOf(media, idOf(bytes))).toEqual(Buffer.from(bytes));
    expect(await media.remove(2, idOf(bytes))).toBe(true);
    expect(await media.find(idOf(bytes))).toBeUndefined();
  });

  test("a channel's files have a limit together, also where several come at a time; what is removed leaves room", async () => {
    const { media } = await withChannels();
    const files = [1, 2, 3, 4, 5].map((first) => pattern(partBytes, first));
    const added = await Promise.all(files.map((bytes) => media.add(newFile(bytes), bytes, limit)));
    expect(added.toSorted()).toEqual(["added", "added", "added", "added", "full"]);
    const refused = files[added.indexOf("full")] ?? new Uint8Array();
    const kept = files[added.indexOf("added")] ?? new Uint8Array();
    await media.remove(1, idOf(kept));
    expect(await media.add(newFile(refused), refused, limit)).toBe("added");
    expect(await media.add(newFile(kept, 2), kept, limit)).toBe("added");
  });

  test("a channel has so many files at most, however small they are", async () => {
    const { database, media } = await withChannels();
    const others = Array.from({ length: mostFiles - 1 }, (_, i) => `(1, 'f${i}', 'n', 'png', 1, 'ann', 1, 1)`).join();
    await database.run(
      `INSERT INTO media (channel, id, name, format, bytes, added_by, began_at, added_at) VALUES ${others}`,
    );
    const [last, next] = [pattern(1), pattern(2)];
    expect(await media.add(newFile(last), last, limit)).toBe("added");
    expect(await media.add(newFile(next), next, limit)).toBe("full");
    expect((await media.ofChannel(1)).length).toBe(mostFiles);
  });

  test("an upload that was cut off is not found, and its room is given back", async () => {
    let now = Date.now();
    const { database, media } = await withChannels({ ...systemClock, now: () => now });
    await database.run(
      `INSERT INTO media (channel, id, name, format, bytes, added_by, began_at) VALUES (1, 'cut', 'n', 'png', ${limit}, 'ann', ${now})`,
    );
    const bytes = pattern(10);
    expect([await media.find("cut"), await media.ofChannel(1)]).toEqual([undefined, []]);
    expect(await media.add(newFile(bytes), bytes, limit)).toBe("full");
    now += arrivesWithin + 1;
    expect(await media.add(newFile(bytes), bytes, limit)).toBe("added");
  });
}

function newFile(bytes: Uint8Array, channel = 1): NewMediaFile {
  const facts = { format: "png", width: 20, height: 10, milliseconds: null } as const;
  return { channel, id: idOf(bytes), name: "own.png", by: "ann", ...facts };
}

function idOf(bytes: Uint8Array): string {
  return Bun.hash(bytes).toString(16);
}

function pattern(length: number, first = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (first + i * 7 + (i >> 8)) & 0xff);
}

async function wholeOf(media: MediaFiles, id: string): Promise<Buffer> {
  const file = await media.find(id);
  const parts: Uint8Array[] = [];
  for (let number = 0; file !== undefined && number * partBytes < file.bytes; number++) {
    parts.push((await media.part(file, number)) ?? new Uint8Array());
  }
  return Buffer.concat(parts);
}
