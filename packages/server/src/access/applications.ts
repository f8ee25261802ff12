/** A program that people may let act on their channel: what DonationAlerts calls an OAuth API application. */
export interface Application {
  /** Also its client id: a number, as DonationAlerts' App IDs are. */
  readonly id: number;
  readonly name: string;
  /** Who registered it. */
  readonly account: number;
  /** Where people may be sent back to, each to the letter. */
  readonly redirectUris: readonly string[];
  readonly createdAt: number;
}

export type NewApplication = Omit<Application, "id" | "createdAt">;

/** Registered applications, as every store keeps them. */
export interface Applications {
  /** `secretHash` is the SHA-256 of the client secret, hex. */
  create(application: NewApplication, secretHash: string): Promise<Application>;
  /** All, or those that the account registered, by id. */
  list(account?: number): Promise<readonly Application[]>;
  application(id: number): Promise<Application | undefined>;
  secretHash(id: number): Promise<string | undefined>;
}
